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
  private let prefillKernels: Part
  private let decodeKernels: Part

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
    let areApart = settings.isSection("kernels")
    let kernels = areApart ? try settings.section("kernels") : settings
    prefillKernels = try Part(areApart ? "prefill" : "kernels", of: kernels, in: "kernels")
    decodeKernels = try Part(areApart ? "decode" : "kernels", of: kernels, in: "kernels")
    if areApart { try kernels.rejectUnknownKeys() }
    let changesGPU = settings.isSection("gpu")
    gpu = changesGPU
      ? try Part("part", of: settings.section("gpu"), in: "gpus") : try Part("gpu", of: settings, in: "gpus")
    links = settings.contains("links") ? try Part("links", of: settings, in: "links") : nil
    file = (changesGPU ? settings.without("part", in: "gpu") : settings.without(["gpu"])).without(["links", "kernels"])
  }

  func cluster(isDecode: Bool) throws(InputError) -> Cluster {
    let kernels = isDecode ? decodeKernels : prefillKernels
    var cluster = try Cluster(settings: settings(kernels))
    cluster.parts = .init(gpu: gpu.name, links: links?.name, kernels: kernels.name)
    return cluster
  }

  private func settings(_ kernels: Part) throws(InputError) -> Settings {
    var parts = [try Self.figures(of: kernels, for: gpu, in: "gpus")]
    if let links, kernels.settings.contains("links") {
      parts.append(try Self.figures(of: kernels, for: links, in: "links"))
    }
    parts += [kernels.settings.without(["gpus", "links"]), gpu.settings.nested(under: "gpu")]
    if let links { parts.append(links.settings) }
    return file.over(parts)
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
