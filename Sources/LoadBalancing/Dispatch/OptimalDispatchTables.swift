/// Where an expert is; or one of its replicas, and where the turns of all begin.
struct ExpertHome {
  var slot: UInt16
  var rank: UInt16
  var firstTurn: Int32
  var replicas: Int32
}

/// A replica, and the visits that it still takes.
struct ReplicaTurn {
  var left: Int32
  var slot: UInt16
  var rank: UInt16
}

/// Where a visit to an expert goes, if there is no choice: the slot, and its rank and its node's ranks as bits; without
/// any for an expert with several replicas.
struct FixedVisit {
  var rank: UInt64 = 0
  var node: UInt64 = 0
  var slot: UInt16 = 0
  var isSplit: UInt16 = 1
}

/// The ranks of an expert's replicas as bits.
struct ReplicaMask {
  var all: UInt64 = 0
  /// Those with visits left.
  var available: UInt64 = 0
  /// Where the expert's turns begin, one for every bit.
  var firstTurn: UInt32 = 0
  /// The rank that comes first among equals: one with many visits left, as far as has been looked.
  var next: UInt8 = 0
  /// The rank that was looked at last.
  var probe: UInt8 = 0
}
