import Diagnostics
import Files
import PerformanceModel

/// The parts that a cluster file names, each a file of its own in `clusters/gpus`, `clusters/links` or `clusters/kernels`.
///
/// A kernel's file has what is the same everywhere (`copies`, `formats`, `overlap`), and its measured figures by GPU and by
/// links: sections of a cluster file under `gpus` and `links`. A value is the first that is found in: the cluster's file,
/// the kernel's figures for its GPU, those for its links, the kernel's file, the GPU's, the links'.
struct MachineParts {
  private static let keys: Set = ["links", "kernels"]

  private let file: Settings
  private let gpu: Part
  private let links: Part?
  /// Nil where nothing is sent.
  private let kernels: Phases?
  /// Nil where the GPU's roofline prices experts, or the kernels do both.
  private let experts: Phases?

  private struct Phases {
    let prefill: Part
    let decode: Part

    /// `key: NAME`, or `key: {prefill: NAME, decode: NAME}` with what else the section has left for others.
    init(_ key: String, of file: Settings) throws(InputError) {
      let areApart = file.isSection(key)
      let names = areApart ? try file.section(key) : file
      prefill = try Part(areApart ? "prefill" : key, of: names, in: "kernels")
      decode = areApart ? try Part("decode", of: names, in: "kernels") : prefill
    }
  }

  private struct Part {
    let name: String
    /// Without the name.
    let settings: Settings

    /// - Throws: `InputError` at the line that names a part that is none.
    init(_ key: String, of file: Settings, in folder: String) throws(InputError) {
      let path: String
      let text: String
      do {
        let written = try file.string(key)
        let place = written.contains("/") ? try file.path(key) : written
        (path, text) = try Catalog("clusters/\(folder)").load(place)
      } catch {
        let name = (try? file.string(key)) ?? ""
        throw error.status == .missing ? file.error("'\(name)': \(error.message)", at: key) : error
      }
      let part = try Settings(parsing: text, name: path)
      name = try part.string("name")
      settings = part.without(["name"])
    }
  }

  /// - Parameter settings: of a file with `kernels`.
  init(_ settings: Settings) throws(InputError) {
    kernels = settings.contains("kernels") ? try Phases("kernels", of: settings) : nil
    let hasFigures = settings.isSection("experts") ? try !settings.section("experts").contains("prefill") : false
    experts = settings.contains("experts") && !hasFigures ? try Phases("experts", of: settings) : nil
    let changesGPU = settings.isSection("gpu")
    gpu =
      changesGPU
      ? try Part("part", of: settings.section("gpu"), in: "gpus") : try Part("gpu", of: settings, in: "gpus")
    links = settings.contains("links") ? try Part("links", of: settings, in: "links") : nil
    var file = changesGPU ? settings.without("part", in: "gpu") : settings.without(["gpu"])
    if settings.isSection("kernels") {
      file = file.without("prefill", in: "kernels").without("decode", in: "kernels")
      try file.section("kernels").rejectUnknownKeys()
    }
    file = file.without(["links", "kernels"])
    if settings.isSection("experts") {
      file = file.without("prefill", in: "experts").without("decode", in: "experts")
    } else {
      file = file.without(["experts"])
    }
    self.file = file
  }

  func cluster(isDecode: Bool) throws(InputError) -> Cluster {
    let kernels = kernels.map { isDecode ? $0.decode : $0.prefill }
    let experts = experts.map { isDecode ? $0.decode : $0.prefill }
    var parts: [Settings] = []
    var measuredWith: String?
    if let experts { parts.append(try Self.figures(of: experts, for: gpu, in: "gpus")) }
    if let kernels { parts.append(try Self.figures(of: kernels, for: gpu, in: "gpus")) }
    var linkParts = links.map { [$0.settings] } ?? []
    if let kernels, let links, links.settings.contains("scaleOut"), kernels.settings.contains("links") {
      let figures = try Self.figures(of: kernels, for: links, in: "links")
      measuredWith = try figures.optionalString("measuredWith")
      parts.append(figures.without(["measuredWith"]))
    } else {
      // Without figures of the kernels there is no price between nodes.
      linkParts = linkParts.map { $0.without(["scaleOut"]) }
    }
    if let kernels { parts.append(kernels.settings.without(["gpus", "links"])) }
    parts += [gpu.settings.nested(under: "gpu")]
    var cluster = try Cluster(settings: file.over(parts + linkParts))
    cluster.parts = Cluster.Parts(
      gpu: gpu.name, links: links?.name, kernels: kernels?.name, experts: experts?.name,
      linksMeasuredWith: measuredWith == gpu.name ? nil : measuredWith)
    return cluster
  }

  private static func figures(of kernels: Part, for part: Part, in key: String) throws(InputError) -> Settings {
    let section = try kernels.settings.section(key)
    guard section.contains(part.name) else {
      let closest = suggestion(for: part.name, in: section.keys)
      let known = section.keys.joined(separator: ", ")
      throw kernels.settings.error("no figures for '\(part.name)'\(closest); there are \(known)", at: key)
    }
    return try section.section(part.name).raised()
  }
}
