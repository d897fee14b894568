import PerformanceModel

/// A communication model for tokens of which a part of the visits is foreseen: those are on their ranks before the
/// router has decided, so that dispatch, after its latency, sends only the others.
package struct ForeseenDispatch: AllToAllModel {
  let model: any AllToAllModel
  /// The part of visits that are foreseen, 0…1.
  let accuracy: Double
  /// Microseconds of a dispatch that sends next to nothing.
  let latency: Double

  package init(model: any AllToAllModel, accuracy: Double, latency: Double) {
    self.model = model
    self.accuracy = accuracy
    self.latency = latency
  }

  package var isDefinition: Bool { model.isDefinition }
  package var reads: TrafficDetail { model.reads }
  package var portPaths: Copies? { model.portPaths }

  package func price(_ traffic: Traffic, payload: Payload) throws -> AllToAllCost {
    foreseen(try model.price(traffic, payload: payload))
  }

  package func price(_ traffic: Traffic, ports: PortCopies, payload: Payload) throws -> AllToAllCost {
    foreseen(try model.price(traffic, ports: ports, payload: payload))
  }

  private func foreseen(_ cost: AllToAllCost) -> AllToAllCost {
    var cost = cost
    cost.dispatch -= max(0, cost.dispatch - latency) * accuracy
    return cost
  }
}
