import ExpertReplay
import Foundation
import TestTraces
import Testing

@Suite struct ShippedMachineTests {
  private static let names = PresetCatalog.clusters.names

  @Test("Every cluster file reads, carries its file's name and says where it is from", arguments: names)
  func clusters(name: String) throws {
    #expect(try Machine(named: name).name == name)
    #expect(try PresetCatalog.clusters.load(name).text.hasPrefix("# "))
  }

  @Test("Parts carry their files' names and say where they are from", arguments: ["gpus", "links", "kernels"])
  func parts(folder: String) throws {
    let folder = "clusters/\(folder)"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files.count >= 3)
    for file in files {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      #expect(text.hasPrefix("# "), "\(file)")
      #expect(text.contains("\nname: \(file.dropLast(".yaml".count))\n"), "\(file)")
    }
  }

  @Test("The usual machine is held against measurements, expert kernels and all")
  func usual() throws {
    let machine = try Machine(named: "h100-cx7")
    for cluster in [machine.prefill, machine.decode] {
      #expect(cluster.uncertainty.communication.isValidated)
      #expect(cluster.experts?.byFormat.values.allSatisfy { $0.error.isValidated } == true)
    }
  }

  @Test("A pair without figures between nodes does not span them")
  func oneNode() throws {
    let error = #expect(throws: InputError.self) {
      try Machine(named: "a100-nccl").map { cluster throws(InputError) in try cluster.resized(ranks: 16) }
    }
    #expect(error?.message == "16 ranks span 2 nodes, but the cluster has no scaleOut")
  }
}
