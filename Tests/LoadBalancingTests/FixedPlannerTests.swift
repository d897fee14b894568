import LoadBalancing
import Testing

@Suite struct FixedPlannerTests {
  let shape = PlacementShape(layers: 2, experts: 3, ranks: 2, nodes: 1, groups: 1, slots: 4, layerNumbers: [1, 3])

  private func plan(_ json: String, _ shape: PlacementShape) throws -> Placement {
    try FixedPlanner(PlanFormats.plan(in: Array(json.utf8), name: "p.json"))
      .plan(PlanningContext(load: ExpertLoad(zeroFor: shape.layers, experts: shape.experts), shape: shape))
  }

  @Test func readsItsOwnExportWithShares() throws {
    let layers = [[0, 1, 2, 0], [1, 0, 2, 1]].map {
      LayerPlacement(
        experts: 3, ranks: 2, physicalToLogical: $0, shares: $0 == [0, 1, 2, 0] ? [0.25, 1, 1, 0.75] : nil)
    }
    let planned = PlannedPlacement(layerNumbers: [1, 3], placement: Placement(ranks: 2, layers: layers))
    let text = try PlanFormatTests.text(of: planned, format: "json")
    #expect(try plan(text, shape) == planned.placement)
  }

  @Test func picksTheRowsOfAnSGLangMapByLayerNumber() throws {
    let json = #"{"physical_to_logical_map": [[0,1,2,0],[0,1,2,1],[0,1,2,0],[2,1,0,2]]}"#
    #expect(try plan(json, shape).layers.map(\.physicalToLogical) == [[0, 1, 2, 1], [2, 1, 0, 2]])
  }

  @Test func exportsForSGLangWithTrivialDenseRows() throws {
    let layer = LayerPlacement(experts: 3, ranks: 2, physicalToLogical: [2, 1, 0, 2])
    let planned = PlannedPlacement(layerNumbers: [1], hiddenLayers: 3, placement: Placement(ranks: 2, layers: [layer]))
    let text = try PlanFormatTests.text(of: planned, format: "sglang")
    #expect(text == "{\"physical_to_logical_map\": [\n[0,1,2,0],\n[2,1,0,2],\n[0,1,2,0]\n]}\n")
  }

  @Test(arguments: [
    ("{}", "not a plan: expected one of phy2log (deepseek-eplb), physicalToLogical (json)"),
    ("[1]", "not a plan"), ("", "not a plan"), ("{", "expected"), (#"{"physicalToLogical": []}"#, "without layers"),
    (#"{"physicalToLogical": [[0,1,2,0],[]]}"#, "a layer without slots"),
    (
      #"{"physicalToLogical": [[0,1,2,0],[0,1,2,0]], "layers": [1,3], "slotsPerRank": 1}"#,
      "4 ranks, expected one for 2"
    ),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,2,0]], "slotsPerRank": 3}"#, "expected a multiple of slotsPerRank, 3"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1]], "slotsPerRank": 2}"#, "row 1: 2 slots, expected a multiple"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,2,0]], "slotsPerRank": [2]}"#, "no such layer"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,2,0]], "slotsPerRank": [2,2,2]}"#, "3 slotsPerRank for 2 rows"),
    (#"{"physicalToLogical": [[0,1,2,0]], "layers": [1]}"#, "no such layer"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,2]], "layers": [1,3]}"#, "3 slots do not divide over 2 ranks"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,1,0]], "layers": [1,3]}"#, "expert 2 has no slot"),
    (#"{"physicalToLogical": [[0,1,2,3],[0,1,2,0]], "layers": [1,3]}"#, "expert 3, expected an id below 3"),
    (#"{"physicalToLogical": [[0,1,2],[0,1,2]], "layers": [1,3]}"#, "3 slots per layer, expected 4"),
    (#"{"physicalToLogical": [[0,1,2,0]], "layers": [1,3]}"#, "2 layer numbers for 1 rows"),
    (#"{"physicalToLogical": [[0,1,2,0],[0,1,2,0]], "layers": [1,3], "share": [[1,1,1,1],[1,1,1,1]]}"#, "sum to 2.0"),
  ]) func saysWhatIsWrongWithAPlan(json: String, message: String) {
    #expect { try plan(json, shape) } throws: { "\($0)".hasPrefix("p.json: ") && "\($0)".contains(message) }
  }

  @Test func namesTheClosestFormat() {
    let planned = PlannedPlacement(layerNumbers: [], placement: Placement(ranks: 1, layers: []))
    #expect { try PlanFormatTests.text(of: planned, format: "sglan") } throws: {
      "\($0)" == "--to: unknown format 'sglan'; did you mean 'sglang'?"
    }
  }
}
