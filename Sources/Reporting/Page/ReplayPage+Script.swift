import Charts

/// What moves on the page of replays: policies that can be switched off, a slider over the steps of a chart, one over the
/// layers, and values read out where the mouse or the arrow keys are. The page says all without it.
///
/// Written here and not taken from a library: it is small, and what it moves is drawn already.
let replayPageScript = #"""
  (() => {
    const all = (where, what) => [...where.querySelectorAll(what)];
    const make = (name, attributes, where) => {
      const isSVG = ["path", "rect"].includes(name);
      const made = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (where) where.append(made);
      return made;
    };
    document.documentElement.classList.add("js");

    const three = (value) => value === 0 ? "0" : Math.abs(value) >= 1e21 ? String(value)
      : value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))));
    const scaled = (value, units) => {
      const unit = units.findLast((unit) => Math.abs(value) >= unit[1] * 0.9995) ?? units[0];
      return `${three(value / unit[1]).replace("-", "−")} ${unit[0]}`;
    };
    const write = {
      time: (value) => scaled(value, [["us", 1], ["ms", 1e3], ["s", 1e6]]),
      bytes: (value) => scaled(value, [["B", 1], ["KB", 1e3], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12], ["PB", 1e15]]),
      times: (value) => `${value.toFixed(2)}×`,
      count: (value) => value.toLocaleString("en-US"),
    };

    const alphabet = [];
    for (let code = 32; code < 127; code++) {
      const letter = String.fromCharCode(code);
      if (!"&<>\"'".includes(letter)) alphabet.push(letter);
    }
    const worth = new Map(alphabet.map((letter, place) => [letter, place]));
    const cells = (heat) => {
      const { cells, digits } = heat.dataset;
      if (heat.decoded?.text !== cells) {
        const values = [];
        for (let at = 0; at < cells.length; at += +digits) {
          let value = 0;
          for (const letter of cells.slice(at, at + +digits)) value = value * alphabet.length + worth.get(letter);
          values.push(value);
        }
        heat.decoded = { text: cells, values };
      }
      return heat.decoded.values;
    };

    const states = ["held here before", "one of several replicas, held here before", "came here",
      "one of several replicas, came here"];
    const experts = 1 << 20;
    const ratio = (heat, row, column) => {
      const values = cells(heat), columns = +heat.dataset.columns, rows = +heat.dataset.rows;
      const value = values[row * columns + column];
      let mean = +heat.dataset.mean;
      if (heat.dataset.kind === "column") {
        mean = 0;
        for (let other = 0; other < rows; other++) mean += values[other * columns + column] / rows;
      } else if (heat.dataset.kind === "row") {
        mean = 0;
        for (let other = 0; other < columns; other++) mean += values[row * columns + other] / columns;
      }
      return mean > 0 ? value / mean : 1;
    };
    const shade = (heat, row, column) => {
      if (heat.dataset.kind === "state") {
        return Math.floor(cells(heat)[row * +heat.dataset.columns + column] / experts);
      }
      const times = ratio(heat, row, column);
      return \#(HeatScale.thresholds).filter((threshold) => threshold <= times).length;
    };
    const repaint = (heat) => {
      const columns = +heat.dataset.columns, rows = +heat.dataset.rows, paths = {};
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns;) {
          const start = column, kind = shade(heat, row, column);
          while (column < columns && shade(heat, row, column) === kind) column++;
          (paths[kind] ??= []).push(`M${start} ${row}h${column - start}`);
        }
      }
      for (const path of all(heat, ".cells")) path.setAttribute("d", (paths[path.dataset.shade] ?? []).join(""));
    };
    const tell = (heat, row, column) => {
      const data = heat.dataset, value = cells(heat)[row * +data.columns + column];
      const name = data.rowNames.split(" ")[row];
      const place = `${data.row} ${name}, ${data.column} ${column * +data.each}`;
      const head = `${data.name ? data.name + ": " : ""}${place}: `;
      if (data.kind === "state") return `${head}expert ${value % experts}, ${states[Math.floor(value / experts)]}`;
      const amount = data.unit === "bytes" ? write.bytes(value) : write.count(value);
      return `${head}${amount}, ${ratio(heat, row, column).toFixed(2)} times the mean`;
    };

    const charts = all(document, ".chart");
    for (const chart of charts) {
      const plots = all(chart, ".plot");
      const first = plots.find((plot) => plot.dataset.cursor);
      const readout = first || chart.querySelector(".heat") ? make("output", { class: "readout", "aria-live": "polite" }) : null;
      const below = chart.querySelector(".panels");
      if (readout) below.after(readout);

      if (chart.dataset.layers) {
        const numbers = chart.dataset.layers.split(" ");
        const label = make("label", { class: "control" });
        const text = make("b", {}, label);
        const slider = make("input", { type: "range", min: 0, max: numbers.length - 1, value: chart.dataset.shown, "data-slides": "layer" }, label);
        const show = () => {
          text.textContent = `Layer ${numbers[slider.value]}`;
          slider.setAttribute("aria-valuetext", text.textContent);
          for (const panel of all(chart, ".panel")) {
            const heat = panel.querySelector(".heat");
            const data = panel.querySelector(`[data-layer="${slider.value}"]`);
            if (heat && data && heat.dataset.cells !== data.dataset.cells) {
              heat.dataset.cells = data.dataset.cells;
              repaint(heat);
            }
          }
          chart.read?.();
        };
        slider.addEventListener("input", show);
        below.before(label);
        show();
      }

      if (first) {
        const { cursor, count, each } = first.dataset;
        const label = make("label", { class: "control" });
        const text = make("b", {}, label);
        const slider = make("input", { type: "range", min: 0, max: count - 1, value: 0, "data-slides": cursor }, label);
        readout.before(label);
        const isHeat = !!first.querySelector(".heat");
        const words = (at) => {
          if (cursor === "rank") return `${(100 * (at + 1) / count).toFixed(1)} % of steps`;
          if (cursor === "place") return `Place ${at + 1}`;
          return +each > 1 && !isHeat ? `Steps ${at * each} to ${(at + 1) * each - 1}` : `Step ${at * each}`;
        };
        const read = chart.read = () => {
          const at = +slider.value;
          text.textContent = words(at);
          const told = [];
          for (const plot of plots) {
            const { left, right, top, bottom, axis } = plot.dataset;
            const line = plot.querySelector(".cursor") ?? make("path", { class: "cursor" }, plot);
            const share = (at + 0.5) / count;
            line.setAttribute("d", axis === "y"
              ? `M${left} ${+bottom - share * (bottom - top)}H${right}` : `M${+left + share * (right - left)} ${top}V${bottom}`);
            for (const series of all(plot, ".series:not(.off)")) {
              const value = series.dataset.values.split(" ")[at];
              if (value !== undefined) told.push(`${series.dataset.name} ${(write[series.dataset.unit] ?? three)(+value)}`);
            }
            for (const heat of all(plot, ".heat")) {
              if (heat.closest(".off")) continue;
              let hottest = 0;
              for (let row = 1; row < +heat.dataset.rows; row++) {
                if (ratio(heat, row, at) > ratio(heat, hottest, at)) hottest = row;
              }
              told.push(`${heat.dataset.name}: hottest is ${heat.dataset.row} ${heat.dataset.rowNames.split(" ")[hottest]}, `
                + `${ratio(heat, hottest, at).toFixed(2)} times the mean`);
            }
          }
          readout.textContent = told.join(" · ");
          slider.setAttribute("aria-valuetext", `${text.textContent}: ${readout.textContent}`);
        };
        const move = (at) => {
          slider.value = at;
          read();
          if (cursor !== "step") return;
          const step = at * each;
          for (const other of all(chart.closest(".result"), ".chart")) {
            const theirs = other !== chart && other.querySelector('[data-slides="step"]');
            if (!theirs) continue;
            theirs.value = Math.floor(step / other.querySelector('[data-cursor="step"]').dataset.each);
            other.read();
          }
        };
        slider.addEventListener("input", () => move(+slider.value));
        for (const plot of plots) {
          plot.addEventListener("pointermove", (event) => {
            if (event.target.closest(".heat")) return;
            const box = plot.getBoundingClientRect(), view = plot.viewBox.baseVal;
            const { left, right, top, bottom, axis } = plot.dataset;
            const share = axis === "y"
              ? (bottom - (event.clientY - box.top) / box.height * view.height) / (bottom - top)
              : ((event.clientX - box.left) / box.width * view.width - left) / (right - left);
            if (share >= 0 && share < 1) move(Math.floor(share * count));
          });
        }
        read();
      }

      for (const heat of all(chart, ".heat")) {
        const plot = heat.parentElement;
        let row = 0, column = 0;
        const show = () => {
          const box = heat.querySelector(".at") ?? make("rect", { class: "at", width: 1, height: 1, "vector-effect": "non-scaling-stroke" }, heat);
          box.setAttribute("x", column);
          box.setAttribute("y", row);
          readout.textContent = tell(heat, row, column);
        };
        heat.addEventListener("pointermove", (event) => {
          const box = heat.querySelector(".ground").getBoundingClientRect();
          const clamp = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value * count)));
          column = clamp((event.clientX - box.left) / box.width, +heat.dataset.columns);
          row = clamp((event.clientY - box.top) / box.height, +heat.dataset.rows);
          show();
        });
        plot.setAttribute("tabindex", 0);
        plot.addEventListener("keydown", (event) => {
          const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
          if (!step) return;
          event.preventDefault();
          row = Math.min(+heat.dataset.rows - 1, Math.max(0, row + step[0]));
          column = Math.min(+heat.dataset.columns - 1, Math.max(0, column + step[1]));
          show();
        });
      }
    }

    for (const box of all(document, "[data-toggles]")) {
      box.addEventListener("change", () => {
        for (const mark of all(document, `.chart [data-policy="${box.dataset.toggles}"]`)) {
          mark.classList.toggle("off", !box.checked);
        }
        for (const chart of charts) chart.read?.();
      });
    }
    addEventListener("beforeprint", () => all(document, "details").forEach((file) => file.open = true));
  })();
  """#
