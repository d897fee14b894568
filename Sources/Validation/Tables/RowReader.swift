import Containers
import Diagnostics
import PerformanceModel

/// Reads the lines below a table's header, one after another.
struct RowReader {
  private let front: FrontMatter
  private let header: TableHeader
  private let name: String
  private let context: Int?
  private var shapes: ShapeReader
  private var loads: LoadReader
  private var indexOfMachine: [PhaseOfMachine: Int] = [:]
  private(set) var machines: [Cluster] = []
  private(set) var rows: [MeasurementTable.Row] = []

  init(front: FrontMatter, header: TableHeader, name: String, context: Int?) {
    self.front = front
    self.header = header
    self.name = name
    self.context = context
    shapes = ShapeReader(front: front)
    loads = LoadReader(front: front)
  }

  mutating func read(
    _ line: CSVRow, machine: (MachineName) throws -> Machine, model: (String) throws -> ModelShape
  ) throws {
    let front = front
    let texts = line.cells
    guard texts.count == header.names.count else {
      throw InputError("\(texts.count) columns, expected \(header.names.count)", in: name, at: .init(line: line.line))
    }
    let cells = TableCells(
      table: name, columns: header.columns, constants: front.constants, cells: texts, line: line.line)
    let operations = try front.kind.operations(cells)
    let isDecode = try operations.first?.0 == .decode || cells.choice("phase", of: ["prefill", "decode"]) == "decode"
    let machine = try index(of: machineName(cells), isDecode: isDecode, cells) { name in
      try front.machine(of: name) ?? machine(name)
    }
    let shape = front.kind.isOfStorage ? .none : try shapes.shape(cells, model)
    let ranks =
      front.kind.required.contains("ranks")
      ? try cells.required("ranks", most: Cluster.maximumRanks)
      : try cells.whole("ranks", most: Cluster.maximumRanks) ?? 1
    let tokens = front.kind.hasTokens ? try cells.required("tokens", most: MeasurementTable.maximumTokens) : 0
    let groupTokens = front.kind.tokensArePerRank ? tokens * ranks : tokens
    let placed = try PlacedRow(cells, front.kind, shape: shape, sized: sized(machines[machine], ranks: ranks, cells))
    let load = try loads.load(cells, placed, tokens: groupTokens)
    for (operation, column) in operations {
      rows.append(
        MeasurementTable.Row(
          line: line.line, machine: machine, model: shape, ranks: ranks, tokens: tokens, groupTokens: groupTokens,
          slots: placed.slots, operation: operation, measured: try cells.time(column), use: try use(cells), load: load,
          context: try cells.whole("context", most: ServingModel.maximumContext) ?? context,
          attentionRanks: try cells.whole("attention_tp", most: Cluster.maximumRanks) ?? 1,
          bandwidth: cells.text("bandwidth") == "link" ? nil : try cells.quantity("bandwidth", .bandwidth),
          microsecondsPerLayer: try cells.quantity("per_layer", .time) ?? 0,
          storageLoad: front.kind.isOfStorage ? try storageLoad(cells) : nil,
          cells: texts + front.constants.keys.sorted().map { front.constants[$0]?.text ?? "" }))
    }
  }

  private func storageLoad(_ cells: TableCells) throws(InputError) -> MeasurementTable.StorageLoad? {
    let name = try cells.choice("tier", of: StorageTier.allCases.map(\.rawValue))
    return try name.flatMap(StorageTier.init(rawValue:)).map { tier throws(InputError) in
      .init(tier: tier, bytes: try cells.amount("bytes", within: Dimension.size.range))
    }
  }

  private func machineName(_ cells: TableCells) throws(InputError) -> MachineName {
    var name = MachineName(
      cluster: cells.text("cluster"), gpu: cells.text("gpu"), links: cells.text("links"), kernel: cells.text("kernel"),
      experts: cells.text("expert_kernels"))
    guard !front.clusters.isEmpty, name.cluster == nil else { return name }
    name.cluster = name.keys.lazy.compactMap { front.clusters[$0] }.first
    guard name.cluster != nil else {
      let row = name.keys.first ?? "this row"
      throw cells.error("no cluster for \(row)\(suggestion(for: row, in: front.clusters.keys))")
    }
    return name
  }

  private mutating func index(
    of machine: MachineName, isDecode: Bool, _ cells: TableCells, _ make: (MachineName) throws -> Machine
  ) throws -> Int {
    let key = PhaseOfMachine(machine: machine, isDecode: isDecode)
    if let index = indexOfMachine[key] { return index }
    guard machine != MachineName() else { throw cells.error("no cluster, and none for all rows") }
    let made = try make(machine).cluster(isDecode: isDecode)
    if !machines.contains(made) { machines.append(made) }
    let index = machines.firstIndex(of: made) ?? 0
    indexOfMachine[key] = index
    return index
  }

  private struct PhaseOfMachine: Hashable {
    let machine: MachineName
    let isDecode: Bool
  }

  private func sized(_ cluster: Cluster, ranks: Int, _ cells: TableCells) throws(InputError) -> Cluster {
    do throws(InputError) { return try cluster.resized(ranks: ranks) } catch {
      throw InputError("\(cluster.name): \(error.message)", in: name, at: .init(line: cells.line), status: error.status)
    }
  }

  private func use(_ cells: TableCells) throws(InputError) -> MeasurementTable.Use {
    let isDoubtful = try cells.yesOrNo("doubtful") ?? false
    guard let text = cells.text("fitted") else { return isDoubtful ? .suspect : .leftOut }
    guard let use = MeasurementTable.Use(rawValue: text) else {
      throw cells.error("fitted '\(text)', expected yes, no or suspect", at: "fitted")
    }
    guard !isDoubtful || use != .fitted else { throw cells.error("fitted, but doubtful", at: "fitted") }
    return isDoubtful ? .suspect : use
  }
}
