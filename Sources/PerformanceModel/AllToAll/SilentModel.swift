/// Nothing is sent: what is left is the expert kernels alone.
struct SilentModel: AllToAllModel {
  func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost { AllToAllCost() }

  var isDefinition: Bool { true }
  var reads: TrafficDetail { .relays }
}
