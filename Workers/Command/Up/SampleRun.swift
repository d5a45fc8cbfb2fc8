internal import FoundationEssentials
internal import JSON
internal import Workers

/// Places sample orders at a gentle rate and shows how far they come, until it is cancelled.
struct SampleRun: Sendable {
    let rate: Double
    let site: UpSite
    let shop: UpSite.Shop

    func run() async throws {
        let buyers = Buyers(client: shop.environment.http, intake: shop.intakeURL, key: shop.storefrontKey)
        let start = Date()
        try await withThrowingTaskGroup(of: Void.self) { group in
            if rate > 0 { group.addTask { await place(with: buyers, run: "sample-\(Int(start.timeIntervalSince1970))") } }
            group.addTask {
                let began = ContinuousClock.now
                while true {
                    try await Task.sleep(for: .seconds(1))
                    guard let counts = try? await WayCounts.read(since: start, accepted: buyers.accepted, from: shop.environment.database)
                    else { continue }
                    site.reporter.progress(block: counts.block(of: 0, after: ContinuousClock.now - began), line: counts.line)
                    site.reporter.event("progress", counts.write)
                }
            }
            try await group.next()
        }
    }

    /// An order that can't be placed is said and passed over: people try things here.
    private func place(with buyers: Buyers, run: String) async {
        await withDiscardingTaskGroup { group in
            var number = 0
            while !Task.isCancelled {
                let order = SampleOrder(number, run: run, shop: shop.goods)
                group.addTask {
                    do { _ = try await buyers.place(order) } catch {
                        if !Task.isCancelled { site.reporter.say("! \(error)") }
                    }
                }
                number += 1
                try? await Task.sleep(for: .seconds(1) / rate)
            }
        }
    }
}

extension WayCounts {
    /// The counts as members of an event.
    func write(to json: inout JSONWriter) {
        for (name, count) in stations {
            json.name(name)
            json.value(count)
        }
        json.member("notices", told)
        json.member("dead_letters", dead)
    }
}
