public import Database

/// The steps that bring an empty database to what this program needs, in order: see the SQL in `Migrations/`.
public enum Migrations {
    public static let all: [Migration] = [
        migration(1, "work", PackageResources._0001_work_sql),
        migration(2, "commerce", PackageResources._0002_commerce_sql),
        migration(3, "access", PackageResources._0003_access_sql),
    ]

    private static func migration(_ number: Int, _ name: String, _ sql: [UInt8]) -> Migration {
        Migration(number: number, name: name, sql: String(decoding: sql, as: UTF8.self))
    }
}
