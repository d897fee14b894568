import Foundation
import TestTraces

/// `golden/port.json`: small traces with explicit placements and what an independent implementation makes of them.
struct PortCase: Decodable {
  struct Level: Decodable {
    enum CodingKeys: String, CodingKey {
      case bandwidth = "GBs"
      case dispatchLatency = "dispatchLatencyUs"
      case combineLatency = "combineLatencyUs"
    }

    var bandwidth: Double
    var dispatchLatency: Double
    var combineLatency: Double
  }

  struct Step: Decodable {
    var source: [Int]
    var layers: [[[Int]]]
  }

  struct Expected: Decodable {
    var dispatchUs: Double
    var combineUs: Double
    var rankLoad: [[[Double]]]
    var dispatchScaleUpBytes: Double
    var dispatchScaleOutBytes: Double
  }

  var name: String
  var experts: Int
  var topK: Int
  var ranks: Int
  var ranksPerNode: Int
  var slotsPerRank: Int
  var hidden: Int
  var copies: String
  var dispatchRule: String
  var scaleUp: Level
  var scaleOut: Level
  var dispatchDtype: String
  var scaleBlock: Int
  var combineDtype: String
  var physicalToLogical: [[Int]]
  var steps: [Step]
  var expected: Expected

  static func all() throws -> [PortCase] {
    try JSONDecoder().decode([PortCase].self, from: Shared.data("golden/port.json"))
  }
}
