public import Commerce
public import Logging

// Every key, beside its type. `sluice config` lists them; the order here is the order there.

extension ConfigurationKey where Value == String {
    public static let amqpURL = ConfigurationKey(
        "SLUICE_AMQP_URL", .url("amqp", "amqps", example: "amqp://sluice:secret@127.0.0.1:5672/sluice"), isSecret: true,
        "The RabbitMQ cluster: one URL a node, separated by commas. amqps verifies the server; ?cacertfile=… names its authority.")
    public static let databaseURL = ConfigurationKey(
        "SLUICE_DATABASE_URL", .url("postgresql", "postgres", example: "postgresql://sluice:secret@127.0.0.1:5432/sluice"), isSecret: true,
        "The PostgreSQL database, as libpq reads it.")
    public static let queuesFile = ConfigurationKey(
        "SLUICE_QUEUES_FILE", .path, example: "/etc/sluice/queues.yaml",
        "The file that defines the queues; queues.yaml of this directory, or above the executable, unless set.")
    public static let intakeHost = ConfigurationKey(
        "SLUICE_INTAKE_HOST", .text, default: "127.0.0.1", "The address on which the intake listens; 0.0.0.0 for all.")
    public static let publicURL = ConfigurationKey(
        "SLUICE_PUBLIC_URL", .base(example: "https://orders.example.com"),
        "Where payment providers and couriers reach the intake: their notifications go below it.")
    public static let sealingKeys = ConfigurationKey(
        "SLUICE_SEALING_KEYS", .sealingKeys, isSecret: true,
        "The keys under which personal data is sealed. To rotate, put a new one in front; drop the last when nothing sealed by it is left.")
    public static let indexKey = ConfigurationKey(
        "SLUICE_INDEX_KEY", .secretKey, isSecret: true, "The key of the blind index that finds orders by phone. It must never change.")
    public static let keyPepper = ConfigurationKey(
        "SLUICE_KEY_PEPPER", .secretKey, isSecret: true, "The secret under which API keys are hashed. Changing it invalidates every key.")
    public static let weChatURL = ConfigurationKey(
        "SLUICE_WECHAT_URL", .base(example: "https://api.mch.weixin.qq.com"), default: "https://api.mch.weixin.qq.com", "WeChat Pay's API.")
    public static let weChatMerchant = ConfigurationKey(
        "SLUICE_WECHAT_MCHID", .text, example: "1900000109", "Our merchant number at WeChat Pay.")
    public static let weChatApp = ConfigurationKey(
        "SLUICE_WECHAT_APPID", .text, example: "wxd678efh567hg6787", "Our application at WeChat Pay.")
    public static let weChatSerial = ConfigurationKey(
        "SLUICE_WECHAT_SERIAL", .text, example: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "The serial number of our merchant certificate."
    )
    public static let weChatPrivateKeyFile = ConfigurationKey(
        "SLUICE_WECHAT_PRIVATE_KEY_FILE", .path, "The file (PEM) with the private key that signs our requests to WeChat Pay.")
    public static let weChatAPIv3Key = ConfigurationKey(
        "SLUICE_WECHAT_APIV3_KEY", .length(32), isSecret: true, "The key under which WeChat Pay encrypts its notifications.")
    public static let weChatPlatformKeyFile = ConfigurationKey(
        "SLUICE_WECHAT_PLATFORM_KEY_FILE", .path,
        "The file (PEM) with WeChat Pay's public key, by which its answers and notifications are believed.")
    public static let weChatPlatformSerial = ConfigurationKey(
        "SLUICE_WECHAT_PLATFORM_SERIAL", .text, example: "PUB_KEY_ID_0119000001", "The serial or id of that public key.")
    public static let kuaidi100URL = ConfigurationKey(
        "SLUICE_KUAIDI100_URL", .base(example: "https://poll.kuaidi100.com"), default: "https://poll.kuaidi100.com", "Kuaidi100's API.")
    public static let kuaidi100Key = ConfigurationKey(
        "SLUICE_KUAIDI100_KEY", .text, example: "rHWBBAMr1234", isSecret: true, "Our authorisation key at Kuaidi100.")
    public static let kuaidi100Customer = ConfigurationKey(
        "SLUICE_KUAIDI100_CUSTOMER", .text, example: "A1B2C3D4E5F60718293A4B5C6D7E8F90", "Our customer number at Kuaidi100.")
    public static let kuaidi100Salt = ConfigurationKey(
        "SLUICE_KUAIDI100_SALT", .text, example: "8f14e45fceea167a", isSecret: true,
        "The salt that signs Kuaidi100's pushes; ours to choose.")
    public static let smsURL = ConfigurationKey(
        "SLUICE_SMS_URL", .url("http", "https", example: "https://dysmsapi.aliyuncs.com/"), default: "https://dysmsapi.aliyuncs.com/",
        "Aliyun's SMS API.")
    public static let smsAccessKeyID = ConfigurationKey(
        "SLUICE_SMS_ACCESS_KEY_ID", .text, example: "LTAI5tExampleExample1234", "Our access key at Aliyun.")
    public static let smsAccessKeySecret = ConfigurationKey("SLUICE_SMS_ACCESS_KEY_SECRET", .text, isSecret: true, "Its secret.")
    public static let smsSignName = ConfigurationKey(
        "SLUICE_SMS_SIGN_NAME", .text, "The signature that our SMS carry, as approved by Aliyun.")
}

extension ConfigurationKey where Value == Int {
    public static let intakePort = ConfigurationKey("SLUICE_INTAKE_PORT", .port, default: "8080", "The port on which the intake listens.")
    public static let journalDays = ConfigurationKey(
        "SLUICE_JOURNAL_DAYS", .number(2...3_650, example: 30), default: "30",
        "For how many days the journal is kept: within them, deduplication is exact and an order's journey can be shown.")
}

extension ConfigurationKey where Value == Duration {
    public static let paymentWindow = ConfigurationKey(
        "SLUICE_PAYMENT_WINDOW", .duration(.seconds(1) ... .seconds(7 * 86_400), example: "30m"), default: "30m",
        "How long a buyer has to pay before the order is cancelled and its stock released.")
    public static let confirmationWindow = ConfigurationKey(
        "SLUICE_CONFIRMATION_WINDOW", .duration(.seconds(1) ... .seconds(90 * 86_400), example: "7d"), default: "7d",
        "How long after delivery an order is completed without the buyer's word.")
    public static let cancellationWindow = ConfigurationKey(
        "SLUICE_CANCELLATION_WINDOW", .duration(.seconds(1) ... .seconds(30 * 86_400), example: "24h"), default: "24h",
        "How long a merchant may take to say whether a paid order can still be cancelled; no answer counts as yes.")
    public static let trackingFirst = ConfigurationKey(
        "SLUICE_TRACKING_FIRST", .duration(.milliseconds(10) ... .seconds(7 * 86_400), example: "1h"), default: "1h",
        "How long after a parcel left the courier is asked about it for the first time; Kuaidi100 wants 30m or more.")
    public static let trackingLongest = ConfigurationKey(
        "SLUICE_TRACKING_LONGEST", .duration(.milliseconds(10) ... .seconds(7 * 86_400), example: "12h"), default: "12h",
        "The longest time between two questions about a parcel: each waits twice as long as the one before, up to this.")
}

extension ConfigurationKey where Value == [String] {
    public static let webhookAllow = ConfigurationKey(
        "SLUICE_WEBHOOK_ALLOW", .list,
        "Addresses and ranges that webhooks may go to although they are not of the public Internet, with or without a port.")
    public static let sandboxMerchantKeys = ConfigurationKey(
        "SLUICE_SANDBOX_MERCHANT_KEYS", .list, example: "0b5f…=sk_…,7c21…=sk_…", isSecret: true,
        "The API keys with which the sandbox's merchants report what they shipped: merchant=key.")
}

extension ConfigurationKey where Value == QuietHours {
    public static let quietHours = ConfigurationKey(
        "SLUICE_QUIET_HOURS", .quietHours, default: "22:00-08:00", "When no SMS is sent: it waits for the morning.")
}

extension ConfigurationKey where Value == Logger.Level {
    public static let logLevel = ConfigurationKey("SLUICE_LOG_LEVEL", .logLevel, default: "info", "What is logged: this level and above.")
}

/// How log lines are written.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One JSON object a line.
    case json
}

extension ConfigurationKey where Value == LogFormat {
    public static let logFormat = ConfigurationKey(
        "SLUICE_LOG_FORMAT", .choice(example: .json),
        "How log lines are written to standard error; text on a terminal and json otherwise, unless set."
    )
}
