/// The version of expert-replay, as `--version`, our JSON, our plans and our pages state it.
///
/// Within a minor version keys are added to the JSON, never changed or removed.
public let expertReplayVersion = "0.9.0"
