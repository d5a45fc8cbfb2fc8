import Database
import Foundation
import Logging
import Store
import Support
import Testing
import Topology
import Work
import Workers

@Suite struct AuditTests {
    /// What is done to a right order so that a check must find it. `$o` is the order's id in quotes, `$s` its SKU in quotes.
    static let offences: [(check: String, sql: String)] = [
        ("stock.moves", "update stock set available = available - 1, received = received - 1 where sku = $s"),
        ("stock.conserved", "update stock set received = received + 1 where sku = $s"),
        (
            "stock.overdrawn",
            "insert into stock_moves select gen_random_uuid(), 'ship', $o, '{1}', array[$s], '{W}', '{5}', now(), gen_random_uuid()"
        ),
        (
            "stock.cancelled",
            "delete from stock_moves where order_id = $o and kind = 'ship'; update orders set ended = 'cancelled' where id = $o"
        ),
        ("stock.completed", "delete from stock_moves where order_id = $o and kind = 'ship'"),
        ("stock.unpaid", "update payments set state = 'open' where order_id = $o"),
        ("stock.unheld", "delete from stock_moves where id = $o"),
        ("stock.counted", "update fulfillment_orders set shipped = '{1}' where order_id = $o"),
        ("money.shares", "update fulfillment_orders set gross = gross + 1 where order_id = $o"),
        ("money.amount", "update payments set amount = 1101, paid_amount = 1101 where order_id = $o"),
        ("money.balanced", "update postings set amounts[1] = amounts[1] + 1 where id = $o"),
        ("money.posted", "delete from postings where id = $o"),
        ("money.claimed", "update payments set state = 'closed' where order_id = $o"),
        ("money.commission", "update fulfillment_orders set commission_bp = 600 where order_id = $o"),
        ("money.payable", "delete from postings where order_id = $o and kind = 'completed'"),
        (
            "money.refunds",
            "insert into refunds (id, order_id, state, reason, currency, amount, due_at, changed_at) "
                + "values (gen_random_uuid(), $o, 'settled', 'late_payment', 'CNY', 5, now(), now())"
        ),
        (
            "money.returned",
            "insert into refunds (id, order_id, state, reason, currency, amount, due_at) "
                + "values (gen_random_uuid(), $o, 'due', 'cancelled', 'CNY', 5, now() + interval '1 hour')"
        ),
        ("orders.completed", "update fulfillment_orders set state = 'shipped' where order_id = $o"),
        ("orders.cancelled", "update orders set ended = 'cancelled' where id = $o"),
        ("orders.parcels", "delete from shipments where order_id = $o"),
        ("orders.told", "delete from notices where order_id = $o"),
        ("overdue.placed", "\(unended); delete from stock_moves where order_id = $o; delete from payments where order_id = $o"),
        (
            "overdue.short",
            "\(unended); delete from payments where order_id = $o; "
                + "update stock_moves set lines = '{}', skus = '{}', warehouses = '{}', quantities = '{}' where id = $o"
        ),
        ("overdue.payment", "\(unended); update payments set state = 'open', expires_at = now() where order_id = $o"),
        ("overdue.cancellation", "\(unended); update payments set state = 'expired' where order_id = $o"),
        ("overdue.release", "update fulfillment_orders set state = 'planned' where order_id = $o"),
        ("overdue.completion", unended),
        (
            "overdue.refund",
            "insert into refunds (id, order_id, state, reason, currency, amount, due_at) "
                + "values (gen_random_uuid(), $o, 'due', 'late_payment', 'CNY', 5, now())"
        ),
        (
            "overdue.answer",
            "\(unended); update fulfillment_orders set state = 'cancellation_requested', asked_by = $o, answer_by = now() where order_id = $o"
        ),
        ("overdue.mismatch", "update payments set state = 'mismatched' where order_id = $o"),
        ("overdue.notice", "update notices set state = 'sending' where order_id = $o"),
        (
            "messages.place",
            "insert into journal (message_id, worker, type, order_id, attempt, outcome, at, took_us, outputs) values "
                + "($m, 'placement', 'order.submitted', $o, 1, 'placed', now(), 1, "
                + "'[{\"id\":\"' || gen_random_uuid() || '\",\"type\":\"order.placed\",\"body\":{}}]')"
        ),
        (
            "messages.dead",
            "insert into dead_letters (queue, message_id, order_id, reason, fingerprint, attempt, headers, body, first_at, last_at) "
                + "values ('placement', $m, $o, 'a reason', 'f', 1, '{}', '', now(), now())"
        ),
        (
            "messages.timers",
            "insert into timers (id, due_at, type, order_id, body) values (gen_random_uuid(), now(), 'payment.due', $o, '{}')"
        ),
    ]

    private static let unended = "update orders set ended = null, ended_at = null, ended_by = null where id = $o"

    @Test func `every check names the order, or the stock, that offends, and no right one`() async throws {
        let url = try await TestServers.database("audit")
        let database = Database(configuration: DatabaseConfiguration(url: url, connections: 2), logger: Logger(label: "audit"))
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await Partitions(database: database, days: 2).keep()
        try await database.script(Self.rightOrder)
        // Number 0 stays right.
        try await database.script("select right_order(0)")
        let topology = Topology(
            exchange: "sluice", delays: [],
            queues: [
                try Topology.parse(
                    yaml: "exchange: sluice\ndelays: [5s]\ndefaults: {ladder: [5s]}\nqueues:\n  inventory: {handles: [order.placed]}\n"
                )
                .queues[0]
            ], ends: [])
        let audit = Audit(database: database, topology: topology, grace: .zero)
        let before = try await audit.run()
        #expect(before.filter { !$0.isClean }.map(\.check.name) == [])

        let covered = Set(Self.offences.map(\.check))
        // Its place in the journal and among the dead letters at once is tried with the others' by hand below.
        #expect(Set(Audit.checks.map(\.name)).subtracting(covered) == ["messages.once"])
        for (index, offence) in Self.offences.enumerated() {
            let number = index + 1
            let sql = offence.sql.replacing("$o", with: "'\(Self.id(number))'::uuid").replacing("$s", with: "'S\(number)'")
                .replacing("$m", with: "'\(MessageID.root(at: Date(), seed: "\(number)"))'::uuid")
            try await database.script("select right_order(\(number)); set session_replication_role = replica; \(sql)")
        }
        let findings = try await audit.run()
        for (index, offence) in Self.offences.enumerated() {
            let finding = try #require(findings.first { $0.check.name == offence.check })
            let named = finding.offenders.contains { $0.subject == Self.id(index + 1) || $0.subject.hasPrefix("S\(index + 1) in ") }
            #expect(named, "\(offence.check): \(finding.offenders)")
        }
        for finding in findings {
            #expect(!finding.offenders.contains { $0.subject == Self.id(0) || $0.subject.hasPrefix("S0 in ") }, "\(finding.check.name)")
        }
        await database.close()
    }

    @Test func `a message that is done and a dead letter at once is named`() async throws {
        let url = try await TestServers.database("audit_once")
        let database = Database(configuration: DatabaseConfiguration(url: url, connections: 2), logger: Logger(label: "audit"))
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await Partitions(database: database, days: 2).keep()
        let message = MessageID.root(at: Date(), seed: "twice").uuidString.lowercased()
        try await database.script(
            """
            insert into journal (message_id, worker, type, attempt, outcome, at, took_us) values ('\(message)', 'inventory', 't', 1, 'x', now(), 1);
            insert into dead_letters (queue, message_id, reason, fingerprint, attempt, headers, body, first_at, last_at)
                values ('inventory', '\(message)', 'r', 'f', 1, '{}', '', now(), now())
            """)
        let audit = Audit(database: database, topology: Topology(exchange: "x", delays: [], queues: [], ends: []), grace: .seconds(600))
        let findings = try await audit.run()
        #expect(findings.first { $0.check.name == "messages.once" }?.offenders.map(\.subject) == [message])
        await database.close()
    }

    private static func id(_ number: Int) -> String { "00000000-0000-5000-8000-" + String(String(1_000_000_000_000 + number).dropFirst()) }

    /// A function that writes an order which went all the way: two pieces for 1,000, freight 100, commission 5 %. Some constraints
    /// are dropped, since the audit must find what they would refuse.
    private static let rightOrder = """
        alter table stock drop constraint stock_is_conserved;
        alter table postings drop constraint posting_is_balanced;
        insert into warehouses values ('W', 'W');
        create function right_order(n integer) returns void language plpgsql as $$
        declare
            o uuid := ('00000000-0000-5000-8000-' || lpad(n::text, 12, '0'))::uuid;
            f uuid := gen_random_uuid();
            m uuid := gen_random_uuid();
            s text := 'S' || n;
            t timestamptz := now() - interval '1 minute';
        begin
            insert into orders (id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, goods, discount,
                freight, total, submitted_at, placed_at, placed_by, ended, ended_at, ended_by)
            values (o, n, m, s, '', 'CNY', 'wechat', 'zh', 'b', 'sealed', 1000, 0, 100, 1100, t, t, m, 'completed', t, m);
            insert into fulfillment_orders (order_id, id, merchant, state, gross, commission_bp, lines, skus, quantities, unit_prices, titles,
                placed_by, changed_at, changed_by, shipped)
            values (o, f, m, 'delivered', 1000, 500, '{1}', array[s], '{2}', '{500}', '{T}', m, t, m, '{2}');
            insert into payments (order_id, state, method, currency, amount, paid_amount, paid_at, created_at, created_by, changed_at)
            values (o, 'paid', 'wechat', 'CNY', 1100, 1100, t, t, m, t);
            insert into stock (sku, warehouse, received, available, shipped) values (s, 'W', 10, 8, 2);
            insert into stock_moves values (gen_random_uuid(), 'receive', null, '{1}', array[s], '{W}', '{10}', t, m),
                (o, 'reserve', o, '{1}', array[s], '{W}', '{2}', t, m), (gen_random_uuid(), 'ship', o, '{1}', array[s], '{W}', '{2}', t, m);
            insert into postings values
                (o, 'paid', o, 'CNY', array['clearing:wechat', 'pending:' || m, 'revenue:commission', 'revenue:freight'],
                    '{1100,-950,-50,-100}', t, m),
                (gen_random_uuid(), 'completed', o, 'CNY', array['pending:' || m, 'payable:' || m], '{950,-950}', t, m);
            insert into shipments (id, order_id, fulfillment_id, carrier, waybill, state, dispatched_at, delivered_at, dispatched_by)
            values (gen_random_uuid(), o, f, 'c', s, 'delivered', t, t, m);
            insert into notices (order_id, kind, channel, subject, state, message_id, at) values (o, 'paid', 'inbox', o, 'sent', m, t);
        end $$;
        """
}
