internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Sandbox
internal import Topology
internal import Workers

/// What whoever started `sluice up` needs to try it.
enum Greeting {
    static func say(_ shop: UpSite.Shop, _ settings: UpSettings, _ topology: Topology, after time: Duration, to reporter: Reporter) {
        let merchant = shop.goods.merchants[0]
        let merchantKey = settings.secrets.merchantKeys[merchant.id.text] ?? ""
        let seconds = Double(time.components.seconds * 10 + time.components.attoseconds / 100_000_000_000_000_000) / 10
        reporter.say(
            """

            Sluice is up, after \(seconds) s: \(topology.queues.count) workers, each a process of its own.

              intake        \(shop.intakeURL)         /livez  /readyz
              sandbox       \(shop.sandboxURL)/_sandbox/state    the world outside, simulated
              API keys      \(shop.storefrontKey)   (storefront)
                            \(merchantKey)   (merchant \(merchant.name))
              RabbitMQ      \(settings.values["SLUICE_AMQP_URL"] ?? "")
              PostgreSQL    \(settings.values["SLUICE_DATABASE_URL"] ?? "")
              logs          \(settings.sandbox.directory.dropLast("/sandbox".count))/logs

            Order something, then look (`sluice` is .build/release/sluice here):

            \(curl(shop))

              sluice journey ORDER          every message of an order
              sluice audit --grace 60       money and stock are conserved, nothing is stuck

            """)
        reporter.event("ready") { json in
            json.member("intake_url", shop.intakeURL)
            json.member("sandbox_url", shop.sandboxURL)
            json.member("storefront_key", shop.storefrontKey)
            json.member("storefront", shop.goods.storefront)
            json.member("merchant", merchant.id)
            json.member("merchant_key", merchantKey)
            json.member("amqp_url", settings.values["SLUICE_AMQP_URL"] ?? "")
            json.member("database_url", settings.values["SLUICE_DATABASE_URL"] ?? "")
        }
    }

    /// A line that works when it is pasted, and places another order each time.
    private static func curl(_ shop: UpSite.Shop) -> String {
        let good = shop.goods.goods[0]
        let freight: Int64 = 1_000
        let body = JSONWriter.object { json in
            json.member("currency", "CNY")
            json.member("method", "wechat")
            json.array("lines", of: [good]) { json, good in
                json.object { json in
                    json.member("merchant", good.merchant)
                    json.member("sku", good.sku)
                    json.member("quantity", 1)
                    json.member("unit_price", good.price)
                }
            }
            json.member("freight", freight)
            json.member("total", good.price + freight)
            json.object("buyer") { json in
                json.member("ref", "me")
                json.member("name", "韩梅梅")
                json.member("phone", "13900001234")
                json.object("address") { json in
                    json.member("region", "上海市 浦东新区")
                    json.member("detail", "示例路 1 号")
                }
            }
        }
        return
            "curl -i \(shop.intakeURL)/v1/orders -H 'Authorization: Bearer \(shop.storefrontKey)' -H \"Idempotency-Key: try-$(date +%s)\" "
            + "-H 'Content-Type: application/json' -d '\(String(decoding: body, as: UTF8.self))'"
    }
}
