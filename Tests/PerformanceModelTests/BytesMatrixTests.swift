import Diagnostics
import PerformanceModel
import Testing

@Suite struct BytesMatrixTests {
  @Test("Rows of numbers are read, whatever the line ends and spaces")
  func reads() throws {
    let matrix = try BytesMatrix(csv: "0, 1\r\n2.5,1e3\n\n", name: "m.csv")
    #expect(matrix.ranks == 2)
    #expect(matrix.bytes == [0, 1, 2.5, 1000])
  }

  @Test(
    "A bad cell is named by line and column",
    arguments: [
      ("0,1\n2,x\n", "m.csv: line 2: column 2: 'x' is not a number of bytes"),
      ("0,-1\n2,3\n", "m.csv: line 1: column 2: '-1' is not a number of bytes"),
      ("0,nan\n2,3\n", "m.csv: line 1: column 2: 'nan' is not a number of bytes"),
      (
        "0,9223372036854775807\n2,3\n",
        "m.csv: line 1: column 2: 9223372036854775807 bytes, expected at most \(1 << 53)"
      ),
      ("0,1\n2\n", "m.csv: line 2: 1 columns, expected 2 as in the first row"),
      ("0,1\n2,3\n4,5\n", "m.csv: line 3: more rows than the 2 columns"),
      ("0,1\n", "m.csv: 1 rows of 2 columns, expected a square"),
      ("", "m.csv: empty, expected ranks × ranks bytes"),
    ])
  func refuses(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try BytesMatrix(csv: text, name: "m.csv") }
    #expect(error?.description == message)
  }

  @Test("A matrix is priced on as many ranks as it has rows")
  func prices() throws {
    let cluster = PortModelTests.cluster(ranks: 8, ranksPerNode: 2, copies: .dedup)
    let price = try MatrixPrice(of: BytesMatrix(csv: "5,4500\n0,5", name: "m.csv"), on: cluster)
    #expect(price.time == 13 + 4500 / 2e5)
    #expect(price.bound == 4500 / 2e5)
    #expect(price.schedule == nil)
  }
}
