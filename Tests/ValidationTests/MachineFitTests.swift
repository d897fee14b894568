import Diagnostics
import PerformanceModel
import Randomness
import Testing
import Validation

@Suite struct MachineFitTests {
  static let experts = "kind: experts\ncluster: c\nmodel: m"

  /// Rows that a GPU itself predicts, off by up to 3 % where they are noisy.
  static func rows(of gpu: GPU, phases: [String] = ["prefill", "decode"], isNoisy: Bool = false) throws -> String {
    var cluster = Shipped.node
    cluster.gpu = gpu
    var lines = ["phase,ranks,tokens,us"]
    var blank = lines
    for phase in phases {
      for tokens in [64, 512, 2048, 8192, 32_768] {
        for ranks in [8, 32] { blank.append("\(phase),\(ranks),\(tokens),1") }
      }
    }
    let table = try Shipped.table(experts, blank.joined(separator: "\n") + "\n", cluster: cluster)
    var generator = SeededGenerator(seed: 2)
    for (line, prediction) in zip(blank.dropFirst(), try ValidatedTable(of: table).predictions) {
      let noise = isNoisy ? 1 + 0.06 * (generator.unit() - 0.5) : 1
      lines.append("\(line.dropLast())\(prediction.predicted * noise)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static var truth: GPU {
    var gpu = Shipped.testGPU
    (gpu.hbmEfficiency, gpu.mathEfficiency, gpu.launch, gpu.decodeLaunch) = (0.8, 0.6, 25, 14)
    return gpu
  }

  @Test("Twenty rows of expert kernels give back the GPU that made them, as a file under a new name")
  func expertFigures() throws {
    let fit = try MachineFit(table: Shipped.table(Self.experts, Self.rows(of: Self.truth), cluster: Shipped.node))
    let gpu = try #require(fit.cluster.gpu)
    for (found, expected) in [
      (gpu.hbmEfficiency, 0.8), (gpu.mathEfficiency, 0.6), (gpu.launch, 25.0), (gpu.decodeLaunch, 14),
    ] { #expect(abs(found / expected - 1) < 1e-4) }
    #expect(fit.untold == [])
    #expect(
      fit.estimates.map(\.name) == [
        "gpu.efficiency.hbm", "gpu.efficiency.math", "gpu.launch", "gpu.decodeLaunch",
      ])
    #expect(fit.estimates.allSatisfy { ($0.standardError ?? 1) < 1e-3 })
    #expect(fit.cluster.name == "test-fitted-to-t")
    let text = fit.file.text
    #expect(text.hasPrefix("# Fitted to 20 measurements in t.csv."))
    let read = try Cluster(settings: Settings(parsing: text, name: "f.yaml"))
    #expect(read.name == fit.cluster.name)
    #expect(abs((read.gpu?.mathEfficiency ?? 0) / gpu.mathEfficiency - 1) < 1e-5)
  }

  @Test("Standard errors are as wide as the noise makes the figures differ from the truth")
  func standardErrors() throws {
    let rows = try Self.rows(of: Self.truth, isNoisy: true)
    let fit = try MachineFit(table: Shipped.table(Self.experts, rows, cluster: Shipped.node))
    let truth = [0.8, 0.6, 25, 14]
    for (estimate, expected) in zip(fit.estimates, truth) {
      let error = try #require(estimate.standardError)
      let off = abs(estimate.value / expected - 1) / error
      #expect(off < 4, "\(estimate.name)")
      #expect(error > 0.001 && error < 0.5, "\(estimate.name)")
    }
    #expect(fit.file.text.contains("Standard errors: gpu.efficiency.hbm ± "))
  }

  @Test("Figures that no row depends on are named, and stay as they were")
  func untold() throws {
    let rows = try Self.rows(of: Self.truth, phases: ["decode"])
    let fit = try MachineFit(table: Shipped.table(Self.experts, rows, cluster: Shipped.node))
    #expect(fit.untold == ["gpu.launch"])
    #expect(fit.cluster.gpu?.launch == Shipped.testGPU.launch)
    #expect(fit.file.text.contains("# No row tells, as in test: gpu.launch.\n"))
    #expect(!fit.estimates.contains { $0.name == "gpu.launch" })
  }

  @Test("Figures that rows tell only together are not made up")
  func together() throws {
    // One size tells no slope: the launch cost and the rate are one.
    let lines = try Self.rows(of: Self.truth, phases: ["decode"]).split(separator: "\n")
    let row = try #require(lines.first { $0.hasPrefix("decode,8,64,") })
    let rows = ([lines[0]] + Array(repeating: row, count: 6)).joined(separator: "\n") + "\n"
    let fit = try MachineFit(table: Shipped.table(Self.experts, rows, cluster: Shipped.node))
    #expect(fit.estimates.count == 1 && fit.untold.count == 3)
    let table = try Shipped.table(Self.experts, rows, cluster: fit.cluster)
    #expect(try ValidatedTable(of: table).predictions.allSatisfy { abs($0.error) < 1e-6 })
  }

  @Test("Fewer rows than figures are refused, and so are rows of several machines")
  func refused() throws {
    let rows = try Self.rows(of: Self.truth).split(separator: "\n").prefix(3).joined(separator: "\n") + "\n"
    let table = try Shipped.table(Self.experts, rows, cluster: Shipped.node)
    let error = #expect(throws: InputError.self) { try MachineFit(table: table) }
    #expect(
      error?.description
        == "t.csv: 2 rows cannot tell 3 figures: gpu.efficiency.hbm, gpu.efficiency.math, gpu.launch")
    #expect(error?.status == .usage)
    let several = try MeasurementTable(
      csv: "# source: s\n# kind: experts\n# model: m\ncluster,phase,ranks,tokens,us\na,decode,8,1,5\nb,decode,8,1,5\n",
      name: "t.csv",
      machine: { name in
        var cluster = Shipped.node
        cluster.name = name.cluster ?? ""
        return Machine(cluster)
      }, model: { _ in Shipped.testModel })
    let other = #expect(throws: InputError.self) { try MachineFit(table: several) }
    #expect(other?.description == "t.csv: a fit is of one machine, but the rows are of a, b")
  }

  @Test(
    "A fit of links ends with no more error than the one that tells rows at the floor from those on the line",
    arguments: ["h100-deepep-low-latency", "gb200-nvlink-one-sided"])
  func links(name: String) throws {
    let table = try Shipped.validated(name).table
    func error(_ cluster: Cluster) throws -> Double {
      let text = try Shipped.text("validation/\(name).csv")
      let again = try MeasurementTable(csv: text, name: name, machine: { _ in Machine(cluster) }, model: Shipped.model)
      return try ValidatedTable(of: again).predictions.filter { $0.row.use == .fitted }
        .reduce(0) { $0 + ($1.logError ?? 0) * ($1.logError ?? 0) }
    }
    let (links, machine) = (try LinkFit(table: table), try MachineFit(table: table))
    #expect(try error(machine.cluster) <= error(links.cluster))
    #expect(machine.estimates.allSatisfy { ($0.standardError ?? 1) < 0.2 })
  }
}
