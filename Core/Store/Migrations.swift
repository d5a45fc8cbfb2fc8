public import Database

/// The steps that bring an empty database to what this program needs, in order: see the SQL in `Migrations/`.
public enum Migrations {
    public static let all: [Migration] = [
        migration(1, "work", PackageResources._001_work_sql),
        migration(2, "commerce", PackageResources._002_commerce_sql),
        migration(3, "access", PackageResources._003_access_sql),
        migration(4, "outside", PackageResources._004_outside_sql),
        migration(5, "fulfillment", PackageResources._005_fulfillment_sql),
        migration(6, "reading", PackageResources._006_reading_sql),
    ]

    // SwiftPM puts an underscore in place of a leading digit.
    private static func migration(_ number: Int, _ name: String, _ sql: [UInt8]) -> Migration {
        Migration(number: number, name: name, sql: String(decoding: sql, as: UTF8.self))
    }
}
