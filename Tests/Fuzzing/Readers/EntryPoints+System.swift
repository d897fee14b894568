import Foundation

// What libFuzzer calls, and what it offers; see https://llvm.org/docs/LibFuzzer.html.

/// Changes `count` bytes at random where they are, with the words of the dictionary and of comparisons in the code.
///
/// - Returns: how many there are then, `room` at most.
@_silgen_name("LLVMFuzzerMutate")
private func libFuzzerMutate(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int) -> Int

/// Called first of all: without a reader that the environment names, the process only lists those that there are.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafePointer<CInt>, _ arguments: UnsafePointer<UnsafePointer<UnsafePointer<CChar>?>>
) -> CInt {
  guard FuzzedReader.named == nil else { return 0 }
  FileHandle.standardOutput.write(Data(FuzzedReader.all.map { "\($0.name)\n" }.joined().utf8))
  // Without what libFuzzer does when a process ends before it says so.
  _exit(0)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzedReader.named?.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int, _ seed: UInt32) -> Int {
  // A part of the inputs is damaged as a whole, so that containers are, too.
  guard let container = FuzzedReader.named?.container, seed % 8 != 0 else {
    return libFuzzerMutate(start, count, room)
  }
  let before = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let after = container.mutated(before, seed: seed) { mutatedPart($0, room: room) }
  guard let after, !after.isEmpty, after.count <= room else { return libFuzzerMutate(start, count, room) }
  _ = UnsafeMutableBufferPointer(start: start, count: after.count).update(fromContentsOf: after)
  return after.count
}

/// What libFuzzer makes of some bytes; at most `room` of them, or a few more than there were.
private func mutatedPart(_ bytes: [UInt8], room: Int) -> [UInt8] {
  let room = max(min(room, 2 * bytes.count + 64), bytes.count)
  return [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
    guard let start = buffer.baseAddress else { return }
    _ = buffer.update(fromContentsOf: bytes)
    initialized = libFuzzerMutate(start, bytes.count, room)
  }
}
