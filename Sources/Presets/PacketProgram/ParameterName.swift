/// The names in the document's `params.py`, and what it writes of them that is no number.
package enum ParameterName {
  package static let all: Set<String> = [
    "NUM_LAYERS", "NUM_EXPERTS", "SEQLEN", "TOP_K", "EMBED_DIM", "HOT_RATIO", "HOT_WEIGHT", "NUM_NODES",
    "WEIGHT_PRECISION", "ROUTING_PRECISION", "ID_PRECISION", "NUM_LINKS", "BASE_DELAY", "INITIAL_CPU_DELAY", "INTRA_BW",
    "INTER_BW", "PACKET_SIZE", "PACKET_PREP_DELAY", "PARALLELIZATION_MULTIPLIER", "ROUND_ROBIN_MAX_PACKETS", "NIC_RATE",
    "NUM_HOT_EXPERTS", "NUM_EXPERTS_PER_NODE", "UNIT_COMM_LOAD",
  ]

  /// What the document derives from other parameters, without blanks; the same follows here from those.
  package static let derivations: [String: Set<String>] = [
    "NUM_HOT_EXPERTS": ["int(NUM_EXPERTS*HOT_RATIO)"],
    "NUM_EXPERTS_PER_NODE": ["NUM_EXPERTS//NUM_NODES"],
    "UNIT_COMM_LOAD": [
      "WEIGHT_PRECISION+2*ID_PRECISION+ROUTING_PRECISION", "(WEIGHT_PRECISION+2*ID_PRECISION+ROUTING_PRECISION)",
    ],
  ]

  /// What the document asserts, without blanks and messages; the same is asked of the parameters here.
  static let assertions: Set<String> = [
    "assertNUM_EXPERTS%NUM_NODES==0,", "assertNUM_LINKS>=1,", "assertINTRA_BW>0andINTER_BW>0,",
    "assertUNIT_COMM_LOAD>0,", "assertPACKET_SIZE<=INTRA_BW,",
  ]
}
