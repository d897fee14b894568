import Diagnostics
import Testing

@Suite struct QuantityTests {
  @Test(
    "A number with a unit is read in bytes and microseconds",
    arguments: [
      ("45 GB/s", 45_000, Dimension.bandwidth), ("100 B/ms", 0.1, .bandwidth), ("3.35 TB/s", 3.35e6, .bandwidth),
      ("400 Gbit/s", 50_000, .bandwidth), ("13.2 us", 13.2, .time), ("13.2us", 13.2, .time), ("2 ms", 2000, .time),
      ("0 ms", 0, .time), ("14 KB", 14_000, .size), ("1.5 KiB", 1536, .size), ("2 GiB", 0x1p31, .size),
      ("1e3 B", 1000, .size), ("10_000 B", 10_000, .size), ("989 TFLOP/s", 9.89e8, .flopRate),
    ])
  func parses(text: String, value: Double, dimension: Dimension) throws {
    let quantity = try Quantity(text)
    #expect(abs(quantity.value - value) <= 1e-12 * value)
    #expect(quantity.dimension == dimension)
  }

  @Test(
    "What is not a quantity is refused",
    arguments: ["", "GB/s", "45", "45 furlongs", "45 GB/s/s", "45 GB/", "nan GB", "1e999 B", "4 5 GB x", "1/2 GB"])
  func refuses(text: String) {
    #expect(throws: InputError.self) { try Quantity(text) }
  }

  @Test(
    "What no machine has is refused where it stands",
    arguments: [
      ("time: 1e308 us", "'1e308 us' is outside 0, 1e-6 us…1e6 s"),
      ("time: 1e-7 us", "'1e-7 us' is outside 0, 1e-6 us…1e6 s"),
      ("speed: 1e-320 GB/s", "'1e-320 GB/s' is outside 1 B/s…1e6 TB/s"),
      ("speed: 1e308 GB/s", "'1e308 GB/s' is outside 1 B/s…1e6 TB/s"),
      ("size: 1e19 B", "'1e19 B' is outside 0.001 B…1e6 TB"),
      ("math: 1e308 TFLOP/s", "'1e308 TFLOP/s' is outside 1 FLOP/s…1e12 TFLOP/s"),
    ])
  func refusesAbsurdities(line: String, message: String) throws {
    let settings = try Settings(parsing: "first: 1\n\(line)\n", name: "c.yaml")
    let error = #expect(throws: InputError.self) {
      switch settings.keys[1] {
      case "time": _ = try settings.duration("time")
      case "speed": _ = try settings.bandwidth("speed")
      case "size": _ = try settings.size("size")
      default: _ = try settings.flopRate("math")
      }
    }
    #expect(error?.description == "c.yaml: line 2: \(settings.keys[1]): \(message)")
  }

  @Test("The limits themselves are allowed, and a time of 0")
  func allowsLimits() throws {
    let settings = try Settings(parsing: "a: 1e6 s\nb: 0 us\nc: 1 B/s\nd: 1e6 TB/s\ne: 1e12 TFLOP/s\n", name: "c.yaml")
    #expect(try settings.duration("a") == 1e12)
    #expect(try settings.duration("b") == 0)
    #expect(try settings.bandwidth("c") == 1e-6)
    #expect(try settings.bandwidth("d") == 1e12)
    #expect(try settings.flopRate("e") == 1e18)
  }

  @Test("A unit of the wrong dimension names the line and what was expected")
  func wrongDimension() throws {
    let settings = try Settings(parsing: "a: 1\nspeed: 45 us\n", name: "c.yaml")
    let error = #expect(throws: InputError.self) { try settings.bandwidth("speed") }
    #expect(error?.description == "c.yaml: line 2: speed: '45 us' is a time, expected a bandwidth such as 45 GB/s")
  }

  @Test("Zero and negative rates are refused at their line", arguments: ["0 GB/s", "-3 GB/s"])
  func notPositive(text: String) throws {
    let settings = try Settings(parsing: "speed: \(text)\n", name: "c.yaml")
    let error = #expect(throws: InputError.self) { try settings.bandwidth("speed") }
    #expect(error?.description == "c.yaml: line 1: speed: '\(text)' is not above 0")
  }

  @Test("A misspelt unit is met with the closest one")
  func misspelt() throws {
    let settings = try Settings(parsing: "speed: 45 Gb/s\n", name: "c.yaml")
    let error = #expect(throws: InputError.self) { try settings.bandwidth("speed") }
    #expect(error?.message.contains("did you mean 'GB/s'?") == true)
  }
}
