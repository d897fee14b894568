import Diagnostics
import PerformanceModel
import Testing
import Validation

/// What is wrong in a table is one line that says where and what else it could be.
@Suite struct TableErrorTests {
  struct Mistake: Sendable {
    var front: String
    var rows: String
    var message: String
  }

  static let allToAll = "kind: all-to-all\ncluster: c\nmodel: m"
  static let experts = "kind: experts\ncluster: c\nmodel: m\nphase: decode"

  static let mistakes = [
    Mistake(
      front: allToAll + "\ngate: limited", rows: "ranks,tokens,dispatch_us\n8,1,5\n",
      message: "line 7: gate: limited, but test has no groups to limit a token to; say groups, groups_per_token"),
    Mistake(
      front: allToAll + "\ngate: limited\ngroups: 8\ngroups_per_token: 1",
      rows: "ranks,tokens,topk,dispatch_us\n8,1,40,5\n",
      message: "line 7: a token draws 40 of the 32 experts in its groups"),
    Mistake(
      front: allToAll + "\ngroups: 8", rows: "ranks,tokens,dispatch_us\n8,1,5\n",
      message: "line 5: groups without gate: limited"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,topk,experts,dispatch_us\n8,1,40,32,5\n",
      message: "line 6: 32 experts, but a token draws 40"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,buffer_tokens,dispatch_us\n8,1,1,5\n",
      message: "line 5: unknown column 'buffer_tokens'; known: cluster, combine_us"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,slots,dispatch_us\n8,1,256,5\n",
      message: "line 5: column 'slots' means nothing to a table of all-to-all; name it in ignored to keep it"),
    Mistake(
      front: allToAll + "\nignored: [bufer_tokens]", rows: "ranks,tokens,buffer_tokens,dispatch_us\n8,1,1,5\n",
      message: "line 6: unknown column 'buffer_tokens'"),
    Mistake(
      front: allToAll + "\nignored: [buffer]", rows: "ranks,tokens,dispatch_us\n8,1,5\n",
      message: "line 6: no column 'buffer' to be ignored; known: dispatch_us, ranks, tokens"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,operation,us\n8,1,dispath,5\n",
      message: "line 6: unknown operation 'dispath'; did you mean 'dispatch'?"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,dispatch_us,us\n8,1,5,5\n",
      message: "line 6: us beside dispatch_us; keep one"),
    Mistake(
      front: allToAll + "\ndispatch: {dtype: fp8}", rows: "ranks,tokens,dtype,dispatch_us\n8,1,fp8,5\n",
      message: "line 7: dtype and dispatch both say what a copy weighs; keep one"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,hidden,dispatch_us\n8,1,4096,5\n",
      message: "line 6: nothing says what a dispatched copy weighs; add dispatch above the table"),
    Mistake(
      front: allToAll, rows: "ranks,tokens,dtype,dispatch_us\n8,1,nvfp8,5\n",
      message: "line 6: unknown dtype 'nvfp8'; did you mean 'nvfp4'?"),
    Mistake(
      front: allToAll + "\nranks: 8", rows: "ranks,tokens,dispatch_us\n8,1,5\n",
      message: "line 6: ranks is a column and stands above the table"),
    Mistake(
      front: allToAll + "\ntokens: many", rows: "ranks,dispatch_us\n8,5\n",
      message: "line 5: tokens 'many' is not a whole number in 1…1000000000"),
    Mistake(
      front: "kind: all-to-all\nclusters: {h100: a, b200: b}\nmodel: m",
      rows: "gpu,ranks,tokens,dispatch_us\nh200,8,1,5\n",
      message: "line 6: no cluster for h200; did you mean 'b200'?"),
    Mistake(
      front: "kind: all-to-all\nmodel: m", rows: "ranks,tokens,dispatch_us\n8,1,5\n",
      message: "line 5: no cluster, and none for all rows"),
    Mistake(
      front: "kind: all-to-all\ncluster: c", rows: "ranks,tokens,hidden,experts,dispatch_us\n8,1,4096,64,5\n",
      message: "line 5: neither model nor topk"),
    Mistake(
      front: experts + "\ngate: perfect", rows: "ranks,tokens,us\n8,1,5\n",
      message: "line 6: gate: a table of experts has no traffic; say distribution"),
    Mistake(
      front: experts, rows: "ranks,tokens,distribution,us\n8,1,power_law,5\n",
      message: "line 7: distribution 'power_law', expected uniform, balanced, power_law_A or sampled_A"),
    Mistake(
      front: experts, rows: "ranks,tokens,slots,us\n8,1,288,5\n",
      message: "line 7: 288 slots of 256 experts, but eplb does not say yes"),
    Mistake(
      front: experts, rows: "ranks,tokens,slots,eplb,us\n8,1,290,yes,5\n",
      message: "line 7: 290 slots do not divide over 8 ranks"),
    Mistake(
      front: experts, rows: "ranks,tokens,slots,eplb,us\n8,1,288,yes,5\n",
      message: "line 7: eplb plans for a load: say its distribution"),
    Mistake(
      front: experts, rows: "ranks,tokens,hottest_rank_tokens,us\n8,1,1,5\n",
      message: "line 7: hottest_rank_tokens is for loads that are drawn: power_law_A or sampled_A"),
    Mistake(
      front: "kind: layer\ncluster: c\nmodel: m\nphase: decode\ngate: power-law", rows: "ranks,tokens,us\n8,1,5\n",
      message: "line 8: gate: power-law needs a distribution, such as power_law_1.2"),
    Mistake(
      front: experts + "\ngain: {by: elpb, before: no}", rows: "ranks,tokens,eplb,us\n8,1,no,5\n",
      message: "gain: no column 'elpb'; did you mean 'eplb'?"),
    Mistake(
      front: "kind: stall\ncluster: c\nmodel: m", rows: "ranks,bandwidth,us\n8,14us,5\n",
      message: "line 6: bandwidth '14us', expected a bandwidth such as 45 GB/s"),
    Mistake(
      front: "kind: stall\ncluster: c\nmodel: m", rows: "ranks,tokens,us\n8,64,5\n",
      message: "line 5: column 'tokens' means nothing to a table of stall; name it in ignored to keep it"),
    Mistake(
      front: "kind: load\ncluster: c", rows: "tier,bytes,microseconds\nsdd,1e9,5\n",
      message: "line 5: unknown tier 'sdd'; did you mean 'ssd'?"),
    Mistake(
      front: "kind: load\ncluster: c", rows: "tier,bytes,microseconds\nssd,1GB,5\n",
      message: "line 5: bytes '1GB' is not a number in 0.001…1e+18"),
    Mistake(
      front: "kind: load\ncluster: c", rows: "tier,microseconds\nssd,5\n", message: "line 4: no column 'bytes'"),
    Mistake(
      front: "kind: load\ncluster: c\nmodel: m", rows: "tier,bytes,microseconds\nssd,1,5\n",
      message: "line 4: model: unknown key"),
    Mistake(
      front: "kind: load\nstorage: {c: {host: {bandwidth: 0 GB/s}}}",
      rows: "cluster,tier,bytes,microseconds\nc,host,1,5\n",
      message: "line 3: storage.c.host.bandwidth: '0 GB/s' is not above 0"),
    Mistake(
      front: "kind: stall\ncluster: c\nmodel: m\nstorage: {c: {}}", rows: "ranks,us\n8,5\n",
      message: "line 5: storage: unknown key"),
    Mistake(
      front: experts, rows: "ranks,tokens,doubtful,fitted,us\n8,1,yes,yes,5\n",
      message: "line 7: fitted, but doubtful"),
  ]

  @Test(arguments: mistakes) func `a mistake is named with its line`(mistake: Mistake) {
    let error = #expect(throws: InputError.self) { try Shipped.table(mistake.front, mistake.rows) }
    #expect(error?.description.hasPrefix("t.csv: " + mistake.message) == true, "\(error?.description ?? "")")
    #expect(error?.status == .data)
  }

  @Test func `what crosses ranks says nothing of nodes`() throws {
    let rows = "ranks,tokens,max_visits_received,max_visits_sent,dispatch_us\n16,1,8,8,5\n"
    let table = try Shipped.table(Self.allToAll, rows)
    let error = #expect(throws: InputError.self) { try ValidatedTable(of: table) }
    let message = "what crosses ranks is given, but not what crosses the 2 nodes; ignore it"
    #expect(error?.description == "t.csv: line 6: " + message)
  }

  @Test func `a step needs to know what its tokens attend to`() throws {
    let table = try Shipped.table(
      "kind: step\ncluster: c\nmodel: m\nphase: decode", "ranks,tokens,us\n8,64,5\n", cluster: Shipped.node)
    let error = #expect(throws: InputError.self) { try ValidatedTable(of: table) }
    #expect(error?.description.contains("--context") == true && error?.status == .usage)
  }
}
