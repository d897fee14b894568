import Diagnostics
import Files
import Foundation
import LoadBalancing
import RoutingTrace

/// The load of a recording as a whole, and what it says of its model: what a placement is planned from.
public struct RecordedLoad: Equatable, Sendable {
  public var load: ExpertLoad
  /// `[layers]` the number of each MoE layer in the model.
  public var layerNumbers: [Int]
  /// Expert groups of the router; 1 when it has none.
  public var groups: Int

  public init(load: ExpertLoad, layerNumbers: [Int]? = nil, groups: Int = 1) {
    self.load = load
    self.layerNumbers = layerNumbers ?? Array(0..<load.layers)
    self.groups = groups
  }
}

extension RecordedLoad {
  /// The largest load of an expert in a matrix: 2^53.
  package static let maximumLoad = 0x1p53

  /// The load in a file: a trace, a `logical_count` recording, `{"weight": [[…]]}` or a bare `[[…]]`.
  public init(reading path: String, threads: Int) throws {
    if path.hasSuffix(".json"), let matrix = try Self(matrixJSON: readText(path), name: path) {
      self = matrix
    } else {
      try self.init(summing: TraceReader(path: path, threads: threads))
    }
  }

  /// The load of a whole trace.
  public init(summing source: some StepSource) throws {
    let header = source.header
    var load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
    while let step = try source.next() { load.add(step) }
    self.init(load: load, layerNumbers: header.layerNumbers, groups: header.groups ?? 1)
  }

  /// A bare matrix of load `[layers][experts]`, or `{"weight": [[…]]}`; nil if the JSON is something else.
  ///
  /// - Throws: `InputError` if rows differ in length or an entry is negative.
  public init?(matrixJSON text: String, name: String) throws(InputError) {
    let decoder = JSONDecoder()
    let data = Data(text.utf8)
    guard
      let rows = (try? decoder.decode([[Double]].self, from: data))
        ?? (try? decoder.decode(WeightFile.self, from: data))?.weight
    else { return nil }
    guard let experts = rows.first?.count, experts > 0 else {
      throw InputError("an empty matrix, expected [layers][experts]", in: name)
    }
    for (layer, row) in rows.enumerated() {
      guard row.count == experts else {
        throw InputError("\(row.count) experts, expected \(experts) as in the first", in: name, at: .init(layer: layer))
      }
      if let wrong = row.first(where: { !(0...Self.maximumLoad).contains($0) }) {
        throw InputError("load \(wrong), expected 0…\(Self.maximumLoad)", in: name, at: .init(layer: layer))
      }
    }
    guard rows.count <= TraceHeader.maximumLayers, experts <= TraceHeader.maximumExperts,
      rows.count * experts <= TraceHeader.maximumExpertsInAll
    else {
      let most = "\(TraceHeader.maximumLayers) layers and \(TraceHeader.maximumExpertsInAll) experts in all"
      throw InputError("\(rows.count) layers of \(experts) experts, expected at most \(most)", in: name)
    }
    self.init(load: ExpertLoad(layers: rows.count, experts: experts, values: rows.flatMap(\.self)))
  }
}

private struct WeightFile: Decodable {
  var weight: [[Double]]
}
