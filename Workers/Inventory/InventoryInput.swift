public import Commerce
internal import FoundationEssentials
internal import Store

/// What comes to inventory.
public enum InventoryInput: Sendable {
    case placed(OrderPlaced)
    case cancelled(OrderCancelled)

    var placed: OrderPlaced? {
        if case .placed(let placed) = self { placed } else { nil }
    }

    var cancelled: OrderCancelled? {
        if case .cancelled(let cancelled) = self { cancelled } else { nil }
    }
}

/// What inventory knows as it goes through a batch.
public struct InventoryState: Sendable {
    /// What may be sold.
    var shelves: Shelves
    /// What is held, was held, or may not be.
    var reservations: [UUID: Stock.Reservation]
}
