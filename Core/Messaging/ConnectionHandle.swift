internal import CRabbitMQ
internal import Glibc

/// librabbitmq's connection: logged in when made, gone when released. To be touched by one thread only.
///
/// Nothing here waits for an answer but the login and the farewell: all else is sent, and what comes back is read frame by frame.
final class ConnectionHandle {
    let state: amqp_connection_state_t
    let scratch = Scratch()
    let callGuard: CallGuard
    /// The socket, to be watched for readability. It belongs to librabbitmq.
    let descriptor: Int32
    /// Where publishes are gathered; nil with TLS.
    let burst: Burst?
    /// Messages under way by channel: their method came, their body not yet.
    var incoming: [Incoming] = []
    let interned = InternedTexts()

    /// Connects and logs in, in at most twice the configuration's connect timeout (and what a name's resolution takes).
    init(_ address: BrokerAddress, _ configuration: BrokerConfiguration, callGuard: CallGuard) throws(MessagingError) {
        self.callGuard = callGuard
        (state, descriptor) = try ConnectionHandle.connect(address, configuration, scratch, callGuard)
        burst = address.usesTLS ? nil : Burst(frame: Int(amqp_get_frame_max(state)))
    }

    private static func connect(
        _ address: BrokerAddress, _ configuration: BrokerConfiguration, _ scratch: Scratch, _ callGuard: CallGuard
    ) throws(MessagingError) -> (amqp_connection_state_t, Int32) {
        guard let state = amqp_new_connection() else { throw MessagingError(.unavailable, "out of memory") }
        do throws(MessagingError) {
            let descriptor = try open(state, address, configuration)
            callGuard.use(descriptor)
            try callGuard.watching { () throws(MessagingError) in
                try logIn(state, address, configuration, scratch)
            }
            return (state, descriptor)
        } catch {
            callGuard.use(-1)
            amqp_destroy_connection(state)
            throw error
        }
    }

    deinit {
        callGuard.use(-1)
        amqp_destroy_connection(state)
    }

    /// Says goodbye and waits a moment for the answer.
    func close() {
        callGuard.watching { _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS) }
    }

    /// Holds bytes back until a frame's worth is there, and lets them go.
    func cork(_ isCorked: Bool) { setOption(IPPROTO_TCP, TCP_CORK, isCorked ? 1 : 0) }

    /// Whether the socket takes more bytes right now.
    var isWritable: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    private func setOption(_ level: Int, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: - Errors

    func lost(_ status: Int32) -> MessagingError { MessagingError(.connectionLost, ConnectionHandle.words(status)) }

    static func words(_ status: Int32) -> String { String(cString: amqp_error_string2(status)) }

    // MARK: - Opening

    private static func open(
        _ state: amqp_connection_state_t, _ address: BrokerAddress, _ configuration: BrokerConfiguration
    ) throws(MessagingError) -> Int32 {
        let socket = address.usesTLS ? try secureSocket(state, address) : amqp_tcp_socket_new(state)
        guard let socket else { throw MessagingError(.unavailable, "out of memory") }
        var timeout = timeval(configuration.connectTimeout)
        let status = amqp_socket_open_noblock(socket, address.host, Int32(address.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else {
            throw MessagingError(.unavailable, "can't connect to \(address): \(words(status))")
        }
        let descriptor = amqp_get_sockfd(state)
        // Bytes that nobody takes for this long are a lost connection; the system's own limit is some 15 minutes.
        var patience = Int32(clamping: configuration.heartbeat.components.seconds * 2000)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &patience, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    private static func secureSocket(_ state: amqp_connection_state_t, _ address: BrokerAddress) throws(MessagingError) -> OpaquePointer? {
        guard let socket = amqp_ssl_socket_new(state) else { return nil }
        let authorities = address.authoritiesFile ?? "/etc/ssl/certs/ca-certificates.crt"
        guard amqp_ssl_socket_set_cacert(socket, authorities) == AMQP_STATUS_OK.rawValue else {
            throw MessagingError(.configuration, "can't read the authorities in '\(authorities)'; give cacertfile= in the broker URL")
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        guard amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) == AMQP_STATUS_OK.rawValue else {
            throw MessagingError(.configuration, "this librabbitmq has no TLS 1.2")
        }
        if let certificate = address.certificateFile, let key = address.keyFile {
            guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
                throw MessagingError(.configuration, "can't use the certificate '\(certificate)' with the key '\(key)'")
            }
        }
        return socket
    }

    private static func logIn(
        _ state: amqp_connection_state_t, _ address: BrokerAddress, _ configuration: BrokerConfiguration, _ scratch: Scratch
    ) throws(MessagingError) {
        var timeout = timeval(configuration.connectTimeout)
        amqp_set_handshake_timeout(state, &timeout)
        timeout = timeval(tv_sec: 2, tv_usec: 0)
        amqp_set_rpc_timeout(state, &timeout)

        scratch.reset()
        // The broker sends nacks, cancels and alarms only to who says that it understands them.
        let capabilities = scratch.put([
            Header("basic.nack", .bool(true)), Header("publisher_confirms", .bool(true)),
            Header("consumer_cancel_notify", .bool(true)), Header("connection.blocked", .bool(true)),
            Header("authentication_failure_close", .bool(true)),
        ])
        var properties = scratch.put([
            Header("product", .string("Sluice")), Header("connection_name", .string(String(configuration.name.prefix(200)))),
        ])
        scratch.put("capabilities", capabilities)
        properties.num_entries += 1
        let reply = sluice_amqp_login(
            state, scratch.putTerminated(address.virtualHost), AMQP_DEFAULT_FRAME_SIZE,
            Int32(clamping: configuration.heartbeat.components.seconds), &properties, scratch.putTerminated(address.user),
            scratch.putTerminated(address.password))
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION where reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD:
            let close = reply.reply.decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            throw MessagingError(.unavailable, "\(address) refused the login: \(String(close.reply_text))")
        default:
            throw MessagingError(.unavailable, "can't log in at \(address): \(words(reply.library_error))")
        }
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
