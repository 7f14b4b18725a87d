import FledgeCourse

extension Exercise {
  static let trainingCheckpoint = Exercise(
    "6.5", file: "Ex6_5_TrainingCheckpoint", title: "Checkpoints",
    goal: """
      Save a training run so that it can go on as if nothing had happened, to the last bit. Every \
      long run is interrupted some day.
      """,
    source: "CS336 assignment 1",
    hints: [
      """
      What does the next step depend on? The weights, and what else? Look through a training loop \
      and list everything that is different in step 1000 from step 0.
      """,
      """
      save: one dictionary for all tensors, filled from model.stateDict() and optimizer.state with a \
      prefix before each name, and one of two texts. load: read the file; get the step and the \
      generator's state out of the metadata, or throw; only then load model and optimizer, and set \
      the generator.
      """,
      """
      tensors(of:in:) takes the prefixes off again. The step is text in the file: "\\(step)" and \
      Int(text). A metadata entry that is missing is nil; guard let, and throw Problem.unreadable \
      with its name. Get both entries before the first load.
      """,
    ],
    mutants: [
      Mutant(
        "no-optimizer",
        hint: """
          The optimizer begins anew after loading: momentum and moments are gone, and with Adam also \
          the number of steps.
          """,
        edits: [
          ("for (name, value) in optimizer.state { tensors[\"optimizer.\\(name)\"] = value }", ""),
          ("try optimizer.load(tensors(of: \"optimizer\", in: file))", ""),
        ]),
      Mutant(
        "parameters-only",
        hint: """
          The trained parameters are there, but the buffers are not: BatchNorm's running moments, \
          which evaluation uses.
          """,
        edits: [
          (
            "for (name, value) in model.stateDict() { tensors[\"model.\\(name)\"] = value }",
            """
            for (name, parameter) in model.namedParameters() {
              tensors["model.\\(name)"] = parameter.value
            }
            """
          ),
          (
            "try model.load(tensors(of: \"model\", in: file))",
            "try model.load(tensors(of: \"model\", in: file), strict: false)"
          ),
        ]),
      Mutant(
        "seed-instead-of-state",
        hint: """
          The generator begins again at the start of its stream: its key was restored, but not where \
          it stood. The resumed run sees the first batches once more.
          """,
        replace: "generator.state = state", with: "generator.state = GeneratorState(key: state.key)"
      ),
      Mutant(
        "forgets-the-step",
        hint:
          "The step that was saved does not come back, so the schedule starts its warm-up again.",
        replace: "return step", with: "return step * 0"),
      Mutant(
        "half-loaded",
        hint: """
          A file without a run was refused too late: the model had been changed by then. Look at \
          everything first, then change.
          """,
        edits: [
          (
            "let state = try generatorState(from: file.metadata[\"generator\"])",
            "try model.load(tensors(of: \"model\", in: file))"
          ),
          (
            """
            try model.load(tensors(of: "model", in: file))
            try optimizer.load(tensors(of: "optimizer", in: file))
            """,
            """
            let state = try generatorState(from: file.metadata["generator"])
            try optimizer.load(tensors(of: "optimizer", in: file))
            """
          ),
        ]),
      Mutant(
        "saves-in-half-precision",
        hint: """
          The weights came back rounded. Half precision saves half the bytes of a model that is \
          finished; one that trains on needs all its bits.
          """,
        replace: "tensors[\"model.\\(name)\"] = value",
        with: "tensors[\"model.\\(name)\"] = value.cast(to: .float16)"),
      Mutant(
        "generator-too-soon",
        hint: "The file was refused, but the generator had been changed by then.",
        edits: [
          (
            "let file = try Safetensors.read(path)",
            """
            let file = try Safetensors.read(path)
                generator.state = try generatorState(from: file.metadata["generator"])
            """
          ),
          ("let state = try generatorState(from: file.metadata[\"generator\"])", ""),
          ("generator.state = state", ""),
        ]),
      Mutant(
        "takes-0-for-a-step",
        hint: """
          A step that cannot be read was taken for 0: the schedule would begin anew, and nobody would \
          know.
          """,
        replace: "file.metadata[\"step\"].flatMap({ Int($0) })",
        with: "file.metadata[\"step\"].map({ Int($0) ?? 0 })"),
    ])
}
