internal import CCurl
internal import Logging
internal import Reactor

/// libcurl's multi handle, driven by a reactor: libcurl says which descriptors and which instant it waits for.
///
/// Lives on the reactor's thread. libcurl may not be called from within its callbacks, so these only take notes.
final class Multi {
    typealias Completion = (Result<HTTPResponse, HTTPError>) -> Void

    private let reactor: Reactor
    private let logger: Logger
    private let handle: UnsafeMutableRawPointer
    private var timer: Reactor.Timer?
    private var transfers: [UnsafeMutableRawPointer: (transfer: Transfer, completion: Completion)] = [:]

    /// Once a process, before any thread uses libcurl.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(reactor: Reactor, configuration: HTTPClientConfiguration, logger: Logger) {
        precondition(Multi.isReady, "libcurl could not be initialised")
        guard let handle = curl_multi_init() else { preconditionFailure("libcurl has no memory for a multi handle") }
        self.reactor = reactor
        self.logger = logger
        self.handle = handle
        sluice_curl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
        sluice_curl_multi_set_long(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        sluice_curl_multi_set_callbacks(
            handle,
            { _, socket, what, context, _ in
                guard let context else { return 0 }
                Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
                return 0
            },
            { _, timeout, context in
                guard let context else { return 0 }
                Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue().wake(inMilliseconds: timeout)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Starts a transfer. `completion` is called once, later, on this thread, unless ``abort(_:)`` ends it first.
    func start(_ transfer: Transfer, _ completion: @escaping Completion) {
        transfers[transfer.easy] = (transfer, completion)
        let code = curl_multi_add_handle(handle, transfer.easy)
        precondition(code == CURLM_OK, "libcurl refused a transfer: \(String(cString: curl_multi_strerror(code)))")
    }

    /// Ends a transfer where it stands; its completion is not called.
    func abort(_ transfer: Transfer) {
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        curl_multi_remove_handle(handle, transfer.easy)
    }

    /// Closes all connections. Every transfer must have been aborted.
    func close() {
        precondition(transfers.isEmpty, "closed with transfers under way")
        curl_multi_cleanup(handle)
        if let timer { reactor.cancel(timer) }
        timer = nil
    }

    private func watch(_ socket: curl_socket_t, _ what: Int32) {
        let interest: Reactor.Interest
        switch what {
        case CURL_POLL_IN: interest = .read
        case CURL_POLL_OUT: interest = .write
        case CURL_POLL_INOUT: interest = [.read, .write]
        default:
            reactor.unwatch(socket)
            return
        }
        reactor.watch(socket, for: interest) { [unowned self] found in
            // Without a flag, as at a hangup, libcurl looks for itself.
            var flags: Int32 = 0
            if found.contains(.read) { flags |= Int32(CURL_CSELECT_IN) }
            if found.contains(.write) { flags |= Int32(CURL_CSELECT_OUT) }
            act(socket, flags)
        }
    }

    private func wake(inMilliseconds timeout: Int) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        guard timeout >= 0 else { return }
        timer = reactor.schedule(after: .milliseconds(timeout)) { [unowned self] in
            timer = nil
            act(sluice_curl_timeout_socket(), 0)
        }
    }

    private func act(_ socket: curl_socket_t, _ flags: Int32) {
        var underWay: Int32 = 0
        let code = curl_multi_socket_action(handle, socket, flags, &underWay)
        if code != CURLM_OK { logger.error("libcurl failed", metadata: ["problem": "\(String(cString: curl_multi_strerror(code)))"]) }
        reap()
    }

    private func reap() {
        var finished: [(Completion, Result<HTTPResponse, HTTPError>)] = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message is gone once its handle is removed.
            let code = sluice_curl_result(message)
            guard let (transfer, completion) = transfers.removeValue(forKey: easy) else { continue }
            finished.append((completion, transfer.result(code)))
            curl_multi_remove_handle(handle, easy)
        }
        for (completion, result) in finished { completion(result) }
    }
}
