internal import Crypto

/// Kuaidi100's signatures: MD5 over the exact text sent and a secret, in upper-case hexadecimal.
public enum Kuaidi100Signature {
    /// Of a query.
    /// - Parameter param: the JSON text exactly as it is sent.
    public static func query(param: String, key: String, customer: String) -> String { md5(param + key + customer) }

    /// Of a push.
    public static func push(param: String, salt: String) -> String { md5(param + salt) }

    private static func md5(_ text: String) -> String { Insecure.MD5.hash(data: Array(text.utf8)).hexadecimal.uppercased() }
}
