import Diagnostics
import LoadBalancing
import PerformanceModel
import TraceImport

/// The lines that the documents add to the registries.
enum Registrations {
  static let planners = Registry<Planners.Reader>(
    "planner",
    [
      .init("deal", "the hottest experts dealt to ranks in turn") { _, _ in DealPlanner() }
    ])

  static let imports: [any TraceImport] = [
    SwitchLogImport()
  ]

  static let models = Registry<AllToAllMaker>(
    "communication model",
    [
      .init(
        "shared-switch", "all bytes in turn through one switch", reads: SharedSwitchParameters.self,
        make: SharedSwitchModel.init)
    ])
}
