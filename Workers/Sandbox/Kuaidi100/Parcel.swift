import FoundationEssentials

/// A parcel on its way. Where it is follows from when it was collected and what time it is.
struct Parcel: Sendable {
    /// One scan on the way, as Kuaidi100 words it.
    struct Scan: Sendable, Equatable {
        let at: Date
        /// The main state (`0` in transit, `1` collected, `2` trouble, `3` signed, `5` out for delivery) and the one within it.
        let state: String
        let code: String
        let status: String
        let context: String
    }

    /// Who wants to hear of it.
    struct Subscription: Sendable {
        let callback: String
        /// Signs the pushes where it isn't nil, also when it is empty.
        let salt: String?
        let wantsCodes: Bool
        let at: Date
    }

    let number: String
    let company: String
    let beganAt: Date
    var subscription: Subscription?
    /// Whether the push that it was signed for was taken.
    var isDone = false

    var behaviour: ParcelBehaviour { ParcelBehaviour(waybill: number) }

    /// Companies that show a parcel only to who knows a telephone number of it.
    static let askingForPhone: Set<String> = ["shunfeng", "shunfengkuaiyun", "fengwang", "zhongtong"]
    static let companies: Set<String> = [
        "shunfeng", "shunfengkuaiyun", "fengwang", "zhongtong", "yuantong", "shentong", "yunda", "ems", "youzhengguonei", "jd", "jtexpress",
        "debangkuaidi", "debangwuliu", "huitongkuaidi", "zhaijisong",
    ]

    /// Every scan there will be, oldest first.
    func scans(every gap: Duration) -> [Scan] {
        var stages = [
            ("1", "103", "揽收", "快件已由揽收员揽收"), ("0", "1002", "干线", "快件已发往转运中心"), ("0", "1001", "在途", "快件已到达派件城市"),
            ("5", "501", "派件", "快件正在派送途中，请保持电话畅通"),
        ]
        if behaviour == .troubled {
            stages.append(("2", "206", "疑难", "派送不成功：电话无人接听，将再次派送"))
            stages.append(("5", "501", "派件", "快件正在再次派送途中"))
        }
        stages.append(("3", "301", "签收", "快件已签收，签收人：本人"))
        return stages.enumerated().map { index, stage in
            let offset = Double((gap * (index + 1)).milliseconds) / 1_000
            return Scan(at: beganAt.addingTimeInterval(offset), state: stage.0, code: stage.1, status: stage.2, context: stage.3)
        }
    }
}
