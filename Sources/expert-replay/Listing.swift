import ExpertReplay
import Files

/// Names that options take, each with what it is in a few words.
struct Listing: Sendable {
  let names: @Sendable () throws -> [(name: String, summary: String)]

  private static func files(_ catalog: Catalog) -> Listing {
    Listing { try catalog.names.map { ($0, try catalog.summary(of: $0)) } }
  }

  private static func entries<Item>(_ registry: Registry<Item>, option: String) -> [(name: String, summary: String)] {
    registry.entries.map { ("\(option) \($0.name)", $0.summary) }
  }

  static let registry = Registry<Listing>(
    "list",
    [
      .init("policies", "what --policy takes", files(PresetCatalog.policies)),
      .init("systems", "what --as takes", files(PresetCatalog.systems)),
      .init("clusters", "what --cluster takes", files(PresetCatalog.clusters)),
      .init("models", "what --model takes", files(PresetCatalog.models)),
      .init("workloads", "what generate takes", files(PresetCatalog.workloads)),
      .init("studies", "what study plan takes", files(PresetCatalog.studies)),
      .init(
        "formats", "what convert --from, plan --to and --format take",
        Listing {
          entries(Imports.registry, option: "convert --from") + entries(PlanFormats.registry, option: "plan --to")
            + entries(ReportFormat.ofReplay, option: "--format")
        }),
    ])
}
