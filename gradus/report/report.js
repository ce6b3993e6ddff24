'use strict';
// Draws the curves. Numbers come from the JSON in the page, colours from its style sheet.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const charts = [];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seriesColor = (i) => color('--curve-' + (i % 4 + 1));

  // A dashed line at the epoch whose weights were kept.
  const bestEpoch = {
    id: 'bestEpoch',
    beforeDatasetsDraw(chart) {
      const x = chart.scales.x.getPixelForValue(data.best_epoch);
      const {top, bottom, left, right} = chart.chartArea;
      if (!data.best_epoch || x < left || x > right) return;
      const context = chart.ctx;
      context.save();
      context.strokeStyle = color('--soft');
      context.globalAlpha = 0.55;
      context.setLineDash([4, 4]);
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, bottom);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
      context.fillStyle = color('--soft');
      context.font = '11px system-ui, sans-serif';
      const late = x > (left + right) / 2;
      context.textAlign = late ? 'right' : 'left';
      context.fillText('best epoch', late ? x - 5 : x + 5, top + 11);
      context.restore();
    },
  };
  // Tells who looks at the document (a test) that a chart is on its canvas.
  const marker = {
    id: 'marker',
    afterDraw(chart) { chart.canvas.dataset.drawn = 'yes'; },
  };

  const axis = (text, extra) => ({
    ...extra,
    title: {display: true, text, color: color('--soft'), font: {size: 11}},
    ticks: {color: color('--soft'), font: {size: 11}, maxTicksLimit: 8, ...(extra || {}).ticks},
    grid: {color: color('--line'), drawBorder: false, tickLength: 4},
  });
  const options = (x, y, legend) => ({
    animation: false,
    maintainAspectRatio: false,
    interaction: {mode: 'index', intersect: false},
    plugins: {
      legend: {
        display: legend,
        align: 'end',
        labels: {color: color('--ink'), usePointStyle: true, pointStyle: 'line', boxWidth: 24, font: {size: 12}},
      },
      tooltip: {padding: 10, boxPadding: 4, cornerRadius: 6},
    },
    scales: {x, y},
  });

  // A curve that never changes runs through the middle, between 0 and twice its value.
  function valueRange(curves) {
    const values = curves.series.flatMap((series) => series.values).filter(Number.isFinite);
    const low = Math.min(...values), high = Math.max(...values);
    return low === high && low !== 0 ? {min: Math.min(0, 2 * low), max: Math.max(0, 2 * low)} : {};
  }

  function drawCurves(canvas, curves) {
    const epochs = curves.series[0].values.length;
    const datasets = curves.series.map((series, i) => ({
      label: series.name,
      data: series.values.map((y, epoch) => ({x: epoch + curves.first_epoch, y})),
      borderColor: seriesColor(i),
      backgroundColor: seriesColor(i),
      borderWidth: 2,
      pointRadius: epochs > 30 ? 0 : 2.5,
      pointHoverRadius: 4,
      tension: 0.15,
      spanGaps: true,
      clip: 6,
    }));
    const x = axis('epoch', {type: 'linear', ticks: {precision: 0}, min: curves.first_epoch,
                             max: Math.max(curves.first_epoch + epochs - 1, curves.first_epoch + 1)});
    const settings = options(x, axis('', valueRange(curves)), datasets.length > 1);
    settings.scales.y.title.display = false;
    settings.plugins.tooltip.callbacks = {title: (items) => 'epoch ' + items[0].parsed.x};
    return new Chart(canvas, {type: 'line', data: {datasets}, options: settings, plugins: [bestEpoch, marker]});
  }

  function drawScatter(canvas, scatter) {
    const points = scatter.truth.map((x, i) => ({x, y: scatter.prediction[i]}));
    const all = scatter.truth.concat(scatter.prediction).filter(Number.isFinite);
    const low = Math.min(...all), high = Math.max(...all);
    const datasets = [
      {type: 'scatter', data: points, backgroundColor: seriesColor(0) + 'a0', pointRadius: 3},
      {type: 'line', data: [{x: low, y: low}, {x: high, y: high}], borderColor: color('--soft'),
       borderWidth: 1, borderDash: [4, 4], pointRadius: 0},
    ];
    const settings = options(axis('truth', {type: 'linear'}), axis('prediction', {}), false);
    settings.interaction = {mode: 'nearest', intersect: true};
    return new Chart(canvas, {type: 'scatter', data: {datasets}, options: settings, plugins: [marker]});
  }

  function draw() {
    while (charts.length) charts.pop().destroy();
    data.curves.forEach((curves, i) => charts.push(drawCurves(document.getElementById('curves-' + i), curves)));
    const scatter = document.getElementById('scatter');
    if (scatter) charts.push(drawScatter(scatter, data.scatter));
  }
  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
