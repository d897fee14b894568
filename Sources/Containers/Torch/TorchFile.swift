import Diagnostics

/// A file that `torch.save` wrote: a zip of a pickle and the storages of its tensors.
package struct TorchFile {
  package let root: Pickled
  private let pickle: PickleReader
  private let zip: ZipArchive
  private let folder: String

  /// - Throws: `InputError`: the older form that is no zip, a pickle with more than plain values and tensors.
  package init(_ bytes: [UInt8]) throws(InputError) {
    guard ZipArchive.isZip(bytes) else {
      throw InputError("not a zip: files of torch before 1.6 are not read", at: .init(byte: 0))
    }
    let zip = try ZipArchive(bytes)
    guard let entry = zip.entries.first(where: { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }) else {
      throw InputError("no data.pkl in the archive")
    }
    let folder = String(entry.name.dropLast("data.pkl".count))
    if let order = zip.entries.first(where: { $0.name == folder + "byteorder" }) {
      guard String(decoding: try zip.content(of: order), as: UTF8.self) == "little" else {
        throw InputError("byte order is not little")
      }
    }
    guard entry.size <= 16 << 20 else { throw InputError("a pickle of \(entry.size) bytes, expected at most 16 MiB") }
    var reader = PickleReader(try zip.content(of: entry), stored: entry.compressedSize)
    root = try reader.read()
    pickle = reader
    self.zip = zip
    self.folder = folder
  }

  /// The value of a key; nil if `value` is no dictionary or has no such key.
  package func member(_ key: String, of value: Pickled) -> Pickled? {
    guard case .dictionary(let index) = value else { return nil }
    return pickle.dictionaries[index].last { entry in
      if case .string(key) = entry.key { return true }
      return false
    }?.value
  }

  /// The items of a list; nil for anything else.
  package func items(of value: Pickled) -> [Pickled]? {
    guard case .list(let index) = value else { return nil }
    return pickle.lists[index]
  }

  /// The elements of a list of whole numbers, or of a tensor of one axis.
  ///
  /// - Throws: `InputError`: anything else.
  package func integerList(_ value: Pickled, named name: String) throws(InputError) -> [Int] {
    guard let items = items(of: value) else {
      let (shape, values) = try integers(value, named: name)
      guard shape.count == 1 else { throw InputError("'\(name)' of shape \(shape), expected one axis") }
      return values
    }
    var values = [Int]()
    values.reserveCapacity(items.count)
    for item in items {
      guard case .integer(let value) = item else { throw InputError("'\(name)' holds more than whole numbers") }
      values.append(value)
    }
    return values
  }

  /// The shape and elements of a tensor of whole numbers, in C order.
  ///
  /// - Throws: `InputError`: not a tensor, not whole numbers, or a view beyond its storage.
  package func integers(_ value: Pickled?, named name: String) throws(InputError) -> (shape: [Int], values: [Int]) {
    guard case .tensor(let index) = value else { throw InputError("'\(name)' is no tensor of whole numbers") }
    let tensor = pickle.tensors[index]
    guard
      let size = ["IntStorage": 4, "LongStorage": 8, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1][
        tensor.storage.type]
    else { throw InputError("'\(name)' holds \(tensor.storage.type), expected whole numbers") }
    guard let entry = zip.entries.first(where: { $0.name == "\(folder)data/\(tensor.storage.key)" }) else {
      throw InputError("no storage '\(tensor.storage.key)' for '\(name)'")
    }
    guard Double(entry.size) == Double(tensor.storage.count) * Double(size) else {
      throw InputError("storage '\(entry.name)' has \(entry.size) bytes for \(tensor.storage.count) elements")
    }
    try checkBounds(tensor, named: name)
    let bytes = try zip.content(of: entry)
    let isSigned = tensor.storage.type != "ByteStorage"
    var values = [Int]()
    values.reserveCapacity(tensor.size.reduce(1, *))
    var coordinates = [Int](repeating: 0, count: tensor.size.count)
    guard !tensor.size.contains(0) else { return (tensor.size, []) }
    while true {
      let element = tensor.offset + coordinates.indices.reduce(0) { $0 + coordinates[$1] * tensor.stride[$1] }
      values.append(Self.integer(bytes, at: element * size, size: size, isSigned: isSigned))
      guard let axis = coordinates.indices.last(where: { coordinates[$0] + 1 < tensor.size[$0] }) else { break }
      coordinates[axis] += 1
      for later in coordinates.indices where later > axis { coordinates[later] = 0 }
    }
    return (tensor.size, values)
  }

  private func checkBounds(_ tensor: PickledTensor, named name: String) throws(InputError) {
    // In Double, which no declared size overflows; real sizes are exact.
    var last = Double(tensor.offset)
    var count = 1.0
    for (size, stride) in axes(of: tensor) {
      guard size >= 0, stride >= 0 else { throw InputError("'\(name)' has a negative size or stride") }
      last += Double(max(0, size - 1)) * Double(stride)
      count *= Double(size)
    }
    guard tensor.offset >= 0, count == 0 || last < Double(tensor.storage.count), count <= Double(tensor.storage.count)
    else { throw InputError("'\(name)' of size \(tensor.size) lies beyond its storage") }
  }

  private func axes(of tensor: PickledTensor) -> Zip2Sequence<[Int], [Int]> { Swift.zip(tensor.size, tensor.stride) }

  private static func integer(_ bytes: [UInt8], at start: Int, size: Int, isSigned: Bool) -> Int {
    var value = 0
    for byte in 0..<size { value |= Int(bytes[start + byte]) << (8 * byte) }
    let unused = Int.bitWidth - 8 * size
    return isSigned ? (value << unused) >> unused : value
  }
}
