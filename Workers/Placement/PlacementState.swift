public import Commerce
public import FoundationEssentials
public import Store

/// What placement knows as it goes through a batch.
public struct PlacementState: Sendable {
    /// The digests of orders that are there already.
    var digests: [UUID: [UInt8]] = [:]
    /// The open storefronts among those of the batch.
    var storefronts: Set<UUID> = []
    /// The open merchants among those of the batch, with their rates in basis points.
    var commissions: [UUID: Int64] = [:]
    /// The orders that somebody wants cancelled.
    var cancellable: [UUID: Orders.Cancellable] = [:]
    /// The orders that this batch places.
    var placed: Set<UUID> = []
}

/// What placement writes.
public enum PlacementEffect: Sendable {
    case place(Stamped<PlacedOrder>)
    case cancel(Stamped<(order: UUID, reason: CancelReason)>)

    var placed: Stamped<PlacedOrder>? {
        if case .place(let placed) = self { placed } else { nil }
    }

    var cancelled: Stamped<(order: UUID, reason: CancelReason)>? {
        if case .cancel(let cancelled) = self { cancelled } else { nil }
    }
}
