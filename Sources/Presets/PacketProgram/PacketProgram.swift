import Diagnostics
import PerformanceModel
import RoutingTrace
import Workloads

/// The parameters of the MoE routing simulation and performance model as files of this project: a cluster, a model and a
/// workload, every key with the document's name beside it.
public struct PacketProgram: Sendable {
  /// What `convert --from` calls its `params.py`.
  public static let format = "moe-comms-params"

  /// A file to write.
  public struct File: Sendable {
    /// `cluster`, `model` or `workload`.
    public let kind: String
    public let text: String
  }

  /// The cluster, the model and the workload.
  public let files: [File]
  /// What the reader has to know of parameters that stand in comments.
  public let notes: [String]

  /// - Parameters:
  ///   - text: of `params.py`; it is read, never run.
  ///   - name: of the cluster, the model and the workload.
  /// - Throws: `InputError` with the line of an expression, of an unknown name or of a value outside its range; one that
  ///   names a parameter which is missing.
  public init(parsing text: String, name fileName: String, as name: String) throws(InputError) {
    let parameters = try PacketParameters(ParameterFile(parsing: text, name: fileName))
    let texts = [
      "cluster": parameters.cluster(named: name, from: fileName),
      "model": parameters.model(named: name, from: fileName),
      "workload": parameters.workload(named: name, from: fileName),
    ]
    files = ["cluster", "model", "workload"].map { File(kind: $0, text: texts[$0] ?? "") }
    notes = parameters.notes
    do throws(InputError) {
      _ = try Cluster(settings: Settings(parsing: files[0].text, name: fileName))
      _ = try ModelShape(settings: Settings(parsing: files[1].text, name: fileName))
      _ = try Workload(parsing: files[2].text, name: fileName)
    } catch {
      throw InputError("these parameters do not fit together: \(error.message)", in: fileName)
    }
  }
}
