internal import Glibc

/// Who a server runs as: an unprivileged account where this process is root's, and the caller otherwise.
struct Account: Sendable {
    let name: String
    let userID: uid_t
    let groupID: gid_t

    /// - Parameter name: the account that the server's package made for it.
    static func forServer(packagedAs name: String) throws(ServerError) -> Account {
        let caller = geteuid()
        if caller != 0 { return Account(name: "the caller", userID: caller, groupID: getegid()) }
        for candidate in [name, "nobody"] {
            if let entry = getpwnam(candidate) {
                return Account(name: candidate, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
            }
        }
        throw ServerError("there is neither an account '\(name)' nor 'nobody' to run the server as: it must not run as root")
    }

    /// The words before a command that make it run as this account, and be sent `signal` when whoever started it ends.
    func prefix(endingWithParentBy signal: String) throws(ServerError) -> [String] {
        guard let setpriv = Programs.find("setpriv") else {
            throw ServerError("the program 'setpriv' is missing: install the package util-linux")
        }
        let words = [setpriv, "--pdeathsig", signal]
        return geteuid() == 0 ? words + ["--reuid", "\(userID)", "--regid", "\(groupID)", "--clear-groups", "--"] : words + ["--"]
    }

    /// Whether this account can reach the directory.
    func canEnter(_ directory: String) async throws -> Bool {
        if geteuid() != 0 { return true }
        let words = try prefix(endingWithParentBy: "KILL") + ["/bin/sh", "-c", "cd \"$0\"", directory]
        return try await Child.run(Command(name: "cd", words: words)).ending == .exited(0)
    }

    /// Makes a directory (mode 0700) that belongs to this account.
    func makeDirectory(_ path: String) throws(ServerError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw ServerError("cannot make the directory \(path): \(String(cString: strerror(errno)))")
        }
        guard chown(path, userID, groupID) == 0 else {
            throw ServerError("cannot give \(path) to \(name): \(String(cString: strerror(errno)))")
        }
    }

    /// Writes a file that belongs to this account.
    func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(ServerError) {
        try Files.write(text, to: path, mode: mode)
        guard chown(path, userID, groupID) == 0 else {
            throw ServerError("cannot give \(path) to \(name): \(String(cString: strerror(errno)))")
        }
    }
}

/// Programs of this machine.
enum Programs {
    /// The absolute path of a program: on the search path, in the system's own directories, or in `directories`.
    static func find(_ name: String, in directories: [String] = []) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let all = directories + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return all.lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
