import Diagnostics
import PerformanceModel
import Testing

@Suite struct RecordedMatrixTests {
  static let text = """
    policy,step,layer,part,source,to_0,to_1
    static,3,7,dispatch,0,0,1
    static,3,7,dispatch,1,2,0
    static,3,7,combine,0,0,3
    static,3,7,combine,1,4.5,0
    "eplb:window=1,steps=2",3,7,dispatch,0,0,5
    "eplb:window=1,steps=2",3,7,dispatch,1,6,0
    static,4,7,dispatch,0,0,7
    static,4,7,dispatch,1,8,0

    """

  static func bytes(_ selection: MatrixSelection = MatrixSelection(), text: String = text) throws -> [Double] {
    try RecordedMatrix(csv: text, name: "m.csv", selection: selection).matrix.bytes
  }

  @Test("The first matrix that fits is taken")
  func selects() throws {
    #expect(try Self.bytes() == [0, 1, 2, 0])
    #expect(try Self.bytes(MatrixSelection(part: .combine)) == [0, 3, 4.5, 0])
    #expect(try Self.bytes(MatrixSelection(policy: "eplb:window=1,steps=2")) == [0, 5, 6, 0])
    #expect(try Self.bytes(MatrixSelection(step: 4, layer: 7)) == [0, 7, 8, 0])
    #expect(try RecordedMatrix(csv: Self.text, name: "m", selection: .init(part: .combine)).part == .combine)
  }

  @Test("A file that holds one matrix alone is that matrix")
  func alone() throws {
    #expect(try Self.bytes(text: "0,1\n2,0\n") == [0, 1, 2, 0])
    let error = #expect(throws: InputError.self) { try Self.bytes(MatrixSelection(step: 4), text: "0,1\n2,0\n") }
    #expect(error?.description == "m.csv: holds one matrix alone, not one of step 4")
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      (MatrixSelection(policy: "statick"), "", "", "m.csv: no matrix of policy statick; did you mean 'static'?"),
      (MatrixSelection(policy: "static", step: 9), "", "", "m.csv: no matrix of policy static, step 9"),
      (MatrixSelection(), "static,3,7,dispatch,1,2,0\n", "", "m.csv: 1 rows of a matrix of 2 ranks"),
      (MatrixSelection(), "dispatch,1,2,0", "dispatch,0,2,0", "m.csv: line 3: row of rank 0, expected rank 1"),
      (MatrixSelection(), "dispatch,1,2,0", "dispatch,1,x,0", "m.csv: line 3: column 6: 'x' is not a number of bytes"),
      (
        MatrixSelection(), "dispatch,1,2,0", "dispatch,1,2",
        "m.csv: line 3: expected a policy, a step, a layer, dispatch or combine, a source and bytes to 2 ranks"
      ),
    ])
  func refuses(selection: MatrixSelection, original: String, replacement: String, message: String) {
    let text = original.isEmpty ? Self.text : Self.text.replacing(original, with: replacement, maxReplacements: 1)
    let error = #expect(throws: InputError.self) { try Self.bytes(selection, text: text) }
    #expect(error?.description == message)
  }
}
