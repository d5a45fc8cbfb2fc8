internal import Foundation

/// The ports and passwords of a directory's servers, kept from start to start so that their URLs stay the same.
struct Settings: Codable {
    struct Server: Codable {
        var port: Int
        var password: String
        /// RabbitMQ only: where its nodes and `rabbitmqctl` talk to it.
        var distribution = 0
        /// RabbitMQ only: where its name service listens.
        var names = 0

        var ports: [Int] { [port, distribution, names].filter { $0 != 0 } }
    }

    var broker: Server
    var database: Server

    /// Reads the settings; makes and writes them where there are none. Ports that somebody else has taken are replaced.
    static func load(from directory: String) throws -> Settings {
        let path = directory + "/servers.json"
        var settings: Settings
        if let bytes = Files.read(path) {
            do { settings = try JSONDecoder().decode(Settings.self, from: Data(bytes)) } catch {
                throw ServerError("\(path) cannot be read (\(error)): remove the directory \(directory) to start afresh")
            }
        } else {
            settings = Settings(
                broker: Server(port: 0, password: Files.secret()), database: Server(port: 0, password: Files.secret()))
        }
        settings.choosePorts()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try Files.write(String(decoding: try encoder.encode(settings), as: UTF8.self) + "\n", to: path)
        return settings
    }

    private mutating func choosePorts() {
        var taken: Set<Int> = []
        func keepOrChoose(_ port: Int) -> Int {
            let chosen = Ports.range.contains(port) && Ports.isFree(port) ? port : Ports.free(except: taken)
            taken.insert(chosen)
            return chosen
        }
        broker.port = keepOrChoose(broker.port)
        broker.distribution = keepOrChoose(broker.distribution)
        broker.names = keepOrChoose(broker.names)
        database.port = keepOrChoose(database.port)
    }
}
