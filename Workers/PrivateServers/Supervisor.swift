/// Runs a server so that it cannot outlive this process.
///
/// Between this process and the server stands a shell whose standard input is a pipe held open here. However this
/// process ends, `kill -9` included, the pipe ends with it and the shell ends the server. Should somebody kill that
/// shell, the server is sent a signal by the kernel (`setpriv --pdeathsig`).
enum Supervisor {
    /// How a server is run.
    struct Plan {
        var name: String
        /// The program and its arguments, as the account runs them.
        var words: [String]
        var environment: [String: String]
        var account: Account
        /// The signal that asks the server to end, without SIG: TERM, INT, QUIT or KILL.
        var asking: String
        /// How long it may take to end before it is killed, in seconds.
        var patience: Int
        /// What it writes goes here.
        var log: String
        /// The file that is given the server's process id.
        var pidFile: String
    }

    static func start(_ plan: Plan) async throws -> Child {
        let words =
            ["/bin/sh", "-c", script, "sluice-\(plan.name)", plan.asking, "\(plan.patience)", plan.pidFile]
            + (try plan.account.prefix(endingWithParentBy: plan.asking)) + plan.words
        return try await Child.start(
            Command(name: plan.name, words: words, environment: plan.environment, output: .file(plan.log), hasLifeline: true))
    }

    private static let script = """
        ask=$1 patience=$2 pidfile=$3; shift 3
        exec 3<&0 </dev/null
        "$@" 3<&- &
        server=$!
        echo "$server" >"$pidfile"
        {
            trap 'exit 0' TERM
            read -r _ <&3
            kill -s "$ask" "$server" 2>/dev/null
            tenths=0
            while [ "$tenths" -lt "${patience}0" ] && kill -s 0 "$server" 2>/dev/null; do
                sleep 0.1
                tenths=$((tenths + 1))
            done
            kill -s KILL "$server" 2>/dev/null
        } &
        watcher=$!
        exec 3<&-
        wait "$server" 2>/dev/null
        code=$?
        # It is waited for, so that neither it nor a pause of its loop is left to be reaped by somebody else.
        kill "$watcher" 2>/dev/null
        wait "$watcher" 2>/dev/null
        exit "$code"
        """
}
