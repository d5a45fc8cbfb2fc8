/// How an order is paid.
public enum PaymentMethod: String, Sendable, CaseIterable {
    /// WeChat Pay Native: the buyer scans a code.
    case wechat
    /// Paid at the storefront before it was submitted; no provider is asked.
    case prepaid
}
