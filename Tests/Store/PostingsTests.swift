import Commerce
import Database
import FoundationEssentials
import JSON
import Store
import Testing

@Suite struct PostingsTests {
    private func insert(_ accounts: String, _ amounts: String, in shop: Shop) async throws {
        try await shop.database.query(
            Query(
                """
                insert into postings (id, kind, order_id, currency, accounts, amounts, at, message_id)
                values (gen_random_uuid(), 'paid', gen_random_uuid(), 'CNY', '\(accounts)', '\(amounts)', now(), gen_random_uuid())
                """))
    }

    @Test func `the database refuses a posting that does not balance, short or long`() async throws {
        let shop = try await Shop()
        let long = (["-10"] + [String](repeating: "1", count: 10)).joined(separator: ",")
        let accounts = (0...10).map { "a\($0)" }.joined(separator: ",")
        try await insert("{a,b}", "{5,-5}", in: shop)
        try await insert("{\(accounts)}", "{\(long)}", in: shop)
        let bad = [
            ("{a,b}", "{5,-4}"), ("{a,b,c,d,e,f,g,h}", "{1,1,1,1,1,1,1,-6}"), ("{\(accounts)}", "{\(long.replacing("-10", with: "-11"))}"),
            ("{a,b}", "{5,-5,0}"), ("{a}", "{0}"), ("{a,b}", "{5,null}"), ("{a,null}", "{5,-5}"), ("{}", "{}"), ("{a,b,c}", "{5,-5,null}"),
            ("{{a,b},{c,d}}", "{{1,-1},{2,-2}}"),
        ]
        for (accounts, amounts) in bad {
            let error = await #expect(throws: DatabaseError.self, "\(amounts)") { try await insert(accounts, amounts, in: shop) }
            #expect(error?.isDataError == true, "\(amounts)")
        }
        #expect(try await shop.count("select count(*) from postings") == 2)
    }

    @Test func `what was posted for an order is read back, and the same event posts once`() async throws {
        let shop = try await Shop()
        let terms = try await shop.place(shop.submitted(["A", "B"])).terms
        let paid = try Posting.paid(terms)
        let completed = try Posting.completed(order: terms.order, currency: .cny, shares: terms.shares)
        for _ in 0..<2 {
            try await shop.database.query(Postings.insert([Stamped(paid, shop.stamp()), Stamped(completed, shop.stamp())]))
        }
        let history = try Postings.histories(from: try await shop.database.query(Postings.all(of: [terms.order, UUID()])))
        #expect(history.count == 1 && history[terms.order]?.method == .wechat)
        #expect(Set(history[terms.order]?.postings.map(\.id) ?? []) == [paid.id, completed.id])
        #expect(history[terms.order]?.postings.contains(paid) == true && history[terms.order]?.postings.contains(completed) == true)
        #expect(try await shop.count("select count(*) from account_balances where account like 'pending:%' and balance <> 0") == 0)
        #expect(try await shop.count("select sum(balance) from account_balances") == 0)
    }

    @Test func `an order without postings has an empty history`() async throws {
        let shop = try await Shop()
        let order = try await shop.place(shop.submitted(["A"])).terms.order
        let history = try Postings.histories(from: try await shop.database.query(Postings.all(of: [order])))
        #expect(history[order]?.postings.isEmpty == true)
    }
}
