internal import CPostgres

/// What libpq is told of a connection: the URL's own words first, ours where it says nothing.
struct ConnectionSettings: Sendable {
    struct Setting: Sendable, Equatable {
        let keyword: String
        var value: String
    }

    let settings: [Setting]
    /// For one attempt, whatever hosts it takes in.
    let connectTimeout: Duration

    init(_ configuration: DatabaseConfiguration) throws(DatabaseError) {
        let given = try ConnectionSettings.parse(configuration.url)
        var settings = given
        func value(_ keyword: String) -> String? { given.first { $0.keyword == keyword }?.value }
        func add(_ keyword: String, _ value: String) {
            if !given.contains(where: { $0.keyword == keyword }) { settings.append(Setting(keyword: keyword, value: value)) }
        }
        add("application_name", configuration.name)
        add("tcp_user_timeout", "10000")
        add("keepalives_idle", "10")
        add("keepalives_interval", "5")
        add("keepalives_count", "3")
        add("target_session_attrs", "read-write")
        add("gssencmode", "disable")
        add("client_encoding", "UTF8")
        settings.removeAll { $0.keyword == "options" }
        // Later words win in `options`.
        let options = ConnectionSettings.session(configuration) + " " + (value("options") ?? "")
        settings.append(Setting(keyword: "options", value: options))
        self.settings = settings
        let perHost = value("connect_timeout").flatMap { Int64($0) }.map { Duration.seconds($0) } ?? configuration.connectTimeout
        connectTimeout = perHost
    }

    /// Settings of the session. The keepalives are the server's: they free the locks of a client that vanished.
    private static func session(_ configuration: DatabaseConfiguration) -> String {
        [
            ("statement_timeout", configuration.statementTimeout.milliseconds),
            ("lock_timeout", configuration.lockTimeout.milliseconds),
            ("idle_in_transaction_session_timeout", configuration.idleInTransactionTimeout.milliseconds),
            ("client_connection_check_interval", configuration.clientCheckInterval.milliseconds),
            ("tcp_keepalives_idle", 10), ("tcp_keepalives_interval", 5), ("tcp_keepalives_count", 3), ("tcp_user_timeout", 10000),
        ].map { "-c \($0)=\($1)" }.joined(separator: " ") + " -c jit=off"
    }

    /// With several hosts, the one to begin with changes from attempt to attempt: one that never answers costs an attempt,
    /// not all of them.
    func rotated(by attempt: Int) -> [Setting] {
        let lists = ["host", "hostaddr", "port"]
        func parts(_ value: String) -> [Substring] { value.split(separator: ",", omittingEmptySubsequences: false) }
        let hosts = settings.filter { $0.keyword == "host" || $0.keyword == "hostaddr" }.map { parts($0.value).count }.max() ?? 1
        guard hosts > 1 else { return settings }
        return settings.map { setting in
            let parts = parts(setting.value)
            guard lists.contains(setting.keyword), parts.count == hosts else { return setting }
            let first = attempt % hosts
            return Setting(keyword: setting.keyword, value: (parts[first...] + parts[..<first]).joined(separator: ","))
        }
    }

    private static func parse(_ url: String) throws(DatabaseError) -> [Setting] {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            let why = complaint.map { String(cString: $0).singleLine.withoutQuotations } ?? "out of memory"
            PQfreemem(complaint)
            throw DatabaseError(.misuse, "the database's URL can't be read: \(why)")
        }
        defer { PQconninfoFree(options) }
        var settings: [Setting] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings.append(Setting(keyword: String(cString: keyword), value: String(cString: value))) }
            option += 1
        }
        return settings
    }
}
