/* Draws one published map from the JSON beside it. Classes, colours and widths are decided in Python; here they are drawn. */
(function (map) {
  'use strict';
  var data = JSON.parse(document.getElementById('map-data').textContent);
  var words = data.words;
  var panel = document.querySelector('.panel');
  var phone = window.matchMedia('(max-width: 900px)');
  var tolerance = L.Browser.mobile ? 10 : 3;

  /* ---- panes from the ground up, each with its own canvas; on paper SVG, which prints sharp ---- */
  var panes = { ground: 310, streets: 330, flows: 410, 'flows-after': 411, cuts: 420, sites: 450, names: 620 };
  var renderers = {};
  Object.keys(panes).forEach(function (name) {
    map.createPane(name).style.zIndex = panes[name];
    var takesPointer = name === 'flows' || (name === 'flows-after' && data.kind === 'swipe');
    if (!takesPointer) map.getPane(name).style.pointerEvents = 'none';
  });
  function rendererOf(name) {
    var key = name + (kept ? ' paper' : '');
    if (!renderers[key]) renderers[key] = kept ? L.svg({ pane: name, padding: 0.3 }) : L.canvas({ pane: name, tolerance: tolerance, padding: 0.3 });
    return renderers[key];
  }
  var kept = null; // the view on screen while the page is on paper

  /* ---- geometry: whole 1/100000 degrees, each point as the step from the last ---- */
  function points(line) {
    var out = [], lat = 0, lng = 0;
    for (var i = 0; i < line.length; i += 2) {
      lat += line[i]; lng += line[i + 1];
      out.push([lat / 1e5, lng / 1e5]);
    }
    return out;
  }
  var lines = data.lines.map(points);

  var under = L.layerGroup().addTo(map);
  function ground(layer, name) {
    under.addLayer(L.geoJSON(layer, {
      pane: name, interactive: false,
      style: function (feature) { return Object.assign({ renderer: rendererOf(name) }, feature.properties.style); },
      filter: function (feature) { return feature.geometry.type !== 'Point'; }
    }));
  }
  function drawGround() {
    under.clearLayers();
    ground(data.context, 'ground');
    ground(data.barriers, 'ground');
    ground(data.screenlines, 'cuts');
    under.addLayer(L.polyline(lines.slice(0, data.streets), Object.assign({ pane: 'streets', renderer: rendererOf('streets'), interactive: false }, data.street_style)));
  }

  /* ---- names: letters of new links first; a name that would lie on another is left out at that scale ---- */
  var labels = [];
  function label(place, className, text) {
    var box = document.createElement('span');
    box.textContent = text;
    var mark = L.marker(place, { pane: 'names', interactive: false, keyboard: false, icon: L.divIcon({ className: className, html: box, iconSize: null }) });
    labels.push(mark.addTo(map));
    return mark;
  }
  data.badges.forEach(function (badge) { label(badge.at, 'badge', badge.letter); });
  data.sites.forEach(function (site, at) { if (site.label) label(site.at, 'place place-site', site.label).ofSite = at; });
  data.places.forEach(function (place) { label(place.at, 'place place-' + place.kind, place.name); });
  /* Letters move aside for each other, names for letters, count sites and earlier names; a name without room is left out. */
  var aside = [[0, 0]], above = [[0, 0], [0, -18], [0, 18], [0, -30], [0, 30]], beside = [];
  [20, 26, 34].forEach(function (far) { [[1, 0], [-1, 0], [0, -0.9], [0, 0.9], [0.8, -0.7], [-0.8, -0.7], [0.8, 0.7], [-0.8, 0.7]].forEach(function (way) { beside.push([way[0] * far, way[1] * far]); }); });
  [22, 44].forEach(function (far) { [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1]].forEach(function (way) { aside.push([way[0] * far, way[1] * far]); }); });
  var spread = [[0, 0]].concat([14, 20].reduce(function (all, far) { return all.concat([[1, 0], [-1, 0], [0, 1], [0, -1]].map(function (way) { return [way[0] * far, way[1] * far]; })); }, []));
  function roomFor(at, ways, others, wide, high) {
    for (var i = 0; i < ways.length; i++) {
      var x = ways[i][0], y = ways[i][1], box = { left: at.left + x, right: at.right + x, top: at.top + y, bottom: at.bottom + y, x: x, y: y };
      if (!others.some(function (t) { return box.left < t.right + wide && box.right > t.left - wide && box.top < t.bottom + high && box.bottom > t.top - high; })) return box;
    }
    return null;
  }
  function thinLabels() {
    var letters = [], taken = [], moved = [];
    each('.site', function (part) {
      part.firstChild.style.cssText = '';
      var at = part.firstChild.getBoundingClientRect(), place = (data.spread && roomFor(at, spread, taken, -5, -5)) || { left: at.left, right: at.right, top: at.top, bottom: at.bottom, x: 0, y: 0 };
      if (place.x || place.y) part.firstChild.style.cssText = 'left:' + place.x + 'px;top:' + place.y + 'px';
      taken.push(place);
      moved.push(place);
    });
    labels.forEach(function (mark) {
      var part = mark.getElement(), name = part.firstChild, isLetter = part.classList.contains('badge'), room;
      if (isLetter) {
        part.style.removeProperty('margin');
        room = roomFor(part.getBoundingClientRect(), aside, letters, -2, -2);
        var half = Math.floor(part.offsetWidth / 2);
        if (room) part.style.setProperty('margin', (room.y - half) + 'px 0 0 ' + (room.x - half) + 'px', 'important');
        letters.push(room || part.getBoundingClientRect());
        taken.push(letters[letters.length - 1]);
        return;
      }
      name.style.top = name.style.left = '';
      var own = moved[mark.ofSite], ways = own ? beside.map(function (way) { return [way[0] + own.x, way[1] + own.y]; }) : above;
      room = roomFor(name.getBoundingClientRect(), ways, taken, own ? 0 : 3, own ? 0 : 1);
      part.style.visibility = room ? '' : 'hidden';
      if (room) { name.style.top = room.y + 'px'; name.style.left = room.x + 'px'; taken.push(room); }
    });
  }
  map.on('zoomend resize', thinLabels);

  /* ---- tooltips: text only, never markup from the data ---- */
  function tip(title, rows, note) {
    var box = document.createElement('div'), head = document.createElement('strong'), table = document.createElement('table');
    head.textContent = title;
    box.appendChild(head);
    rows.forEach(function (row) {
      var tr = table.insertRow(), th = document.createElement('th');
      th.textContent = row[0];
      tr.appendChild(th);
      tr.insertCell().textContent = row[1];
    });
    if (rows.length) box.appendChild(table);
    if (note) { var p = document.createElement('p'); p.textContent = note; box.appendChild(p); }
    return box;
  }
  /* What was counted at a site, day by day, and the way to its place in the register; pictures come from Python. */
  function titleOf(site) { return (site.label ? site.label + ' ' : '') + site.name; }
  function sitePanel(site) {
    var box = tip(titleOf(site), site.rows, site.note), link = document.createElement('a');
    site.pictures.forEach(function (picture) {
      var holder = document.createElement('div');
      holder.className = 'calendar';
      holder.innerHTML = picture;
      box.appendChild(holder);
    });
    link.href = site.page.href;
    link.textContent = site.page.text;
    box.appendChild(link);
    return box;
  }
  function number(value, sign) {
    var shown = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, data.thousands);
    return (value < 0 ? '\u2212' : sign && value > 0 ? '+' : '') + shown;
  }
  function lineTitle(line) {
    var at = data.names[line];
    return (at[1] ? at[1] + '  ' : '') + (at[0] || words.unnamed);
  }
  function lineTip(view, row) {
    if (data.meets) return tip(lineTitle(row[0]), [[words.pupils, row[2] === null ? words.few : number(row[2])], [words.meets, data.meets[row[3]]]], view.note);
    var rows = [[view.sides[0], number(row[4])], [view.sides[1], number(row[5])], [words.change, number(row[6], true)]];
    if (row.length > 7) rows.push([words.interval, number(row[7], true) + ' ' + words.to + ' ' + number(row[8], true)]);
    (view.parts[row[0]] || []).forEach(function (part, kind) { rows.push([words.parts[kind], number(part, true)]); });
    return tip(lineTitle(row[0]), rows, view.note);
  }

  /* ---- flows and changes: a view's rows are [line, class of change, of before, of after, before, after, change, low, high] ---- */
  var drawn = L.layerGroup().addTo(map);
  var show = { what: data.kind === 'swipe' ? 'swipe' : 'change', view: 0, divider: 50 };
  window.__drawn = {};

  function drawLines(view, what, paneName) {
    var column = { change: 1, before: 2, after: 3 }[what];
    var styles = what === 'change' ? data.change_styles : data.flow_styles;
    var rows = view.rows.filter(function (row) { return row[column] !== null && styles[row[column]]; });
    rows.sort(function (a, b) { return Math.abs(a[column]) - Math.abs(b[column]) || a[0] - b[0]; });
    window.__drawn[what] = rows.length;
    if (rows.length < 6000) rows.forEach(function (row) {
      var casing = styles[row[column]].casing;
      if (casing) drawn.addLayer(L.polyline(lines[row[0]], Object.assign({ pane: paneName, renderer: rendererOf(paneName), interactive: false }, casing)));
    });
    rows.forEach(function (row) {
      var line = L.polyline(lines[row[0]], Object.assign({ pane: paneName, renderer: rendererOf(paneName) }, styles[row[column]].line));
      line.bindTooltip(function () { return lineTip(view, row); }, { sticky: true, opacity: 1, className: 'tip' });
      line.on('mouseover', function () { line.setStyle({ color: '#000000' }); });
      line.on('mouseout', function () { line.setStyle({ color: styles[row[column]].line.color }); });
      drawn.addLayer(line);
    });
    if (data.dots) rows.forEach(function (row) { if (data.dots[row[3]]) drawDot(view, row, paneName); });
    if (view.at) drawn.addLayer(L.circleMarker(view.at, { pane: paneName, renderer: rendererOf(paneName), interactive: false, radius: 17, color: '#1c1c1c', weight: 3, fillColor: '#ffffff', fillOpacity: 0.7 }));
  }
  /* A crossing is too short for a line to be seen: a dot at its middle. */
  function drawDot(view, row, paneName) {
    var dot = L.circleMarker(L.polyline(lines[row[0]]).getBounds().getCenter(), Object.assign({ pane: paneName, renderer: rendererOf(paneName) }, data.dots[row[3]]));
    dot.bindTooltip(function () { return lineTip(view, row); }, { opacity: 1, className: 'tip' });
    drawn.addLayer(dot);
  }
  function drawNew(paneName) {
    data.changed.forEach(function (line) {
      drawn.addLayer(L.polyline(lines[line], Object.assign({ pane: paneName, renderer: rendererOf(paneName), interactive: false }, data.changed_style)));
      drawn.addLayer(L.polyline(lines[line], Object.assign({ pane: paneName, renderer: rendererOf(paneName), interactive: false }, data.changed_core)));
    });
  }
  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }
  function draw() {
    drawn.clearLayers();
    window.__drawn = {};
    var view = data.views[show.view];
    if (view && view.sides) each('.divider b', function (part, at) { part.textContent = view.sides[at]; });
    if (data.kind === 'swipe') drawNew('flows-after');
    else if (show.what !== 'before') drawNew('flows');
    if (view && data.kind === 'swipe') { drawLines(view, 'before', 'flows'); drawLines(view, 'after', 'flows-after'); }
    else if (view) drawLines(view, show.what, 'flows');
    each('[data-view]', function (part) { part.hidden = Number(part.getAttribute('data-view')) !== show.view; });
    each('[data-legend]', function (part) { part.hidden = part.getAttribute('data-legend') !== (show.what === 'change' ? 'change' : 'flow'); });
    each('.chosen', function (part) {
      var said = [];
      each('.choices input:checked', function (input) { said.push(input.parentNode.textContent.trim()); });
      part.textContent = said.join(' \u00b7 ');
    });
    remember();
  }

  /* ---- count sites ---- */
  /* A panel keeps clear of the buttons and scrolls inside itself where the map is small. */
  function fitPanel(popup) {
    var size = map.getSize(), buttons = phone.matches ? 8 : 54;
    popup.options.maxWidth = Math.min(620, size.x - 2 * buttons - 38);
    popup.options.maxHeight = size.y - 90;
    popup.options.autoPanPaddingTopLeft = [buttons, 8];
    popup.options.autoPanPaddingBottomRight = [phone.matches ? 8 : 44, 8];
  }
  data.sites.forEach(function (site) {
    var box = document.createElement('span'), name = document.createElement('span');
    box.innerHTML = data.symbols[site.symbol];
    name.className = 'unseen';
    name.textContent = titleOf(site);
    box.appendChild(name);
    var mark = L.marker(site.at, { pane: 'sites', icon: L.divIcon({ className: 'site', html: box, iconSize: [24, 24] }) });
    mark.bindTooltip(function () { return tip(titleOf(site), site.rows, site.note); }, { opacity: 1, className: 'tip', offset: [10, 0] });
    if (site.page) mark.bindPopup(function () { mark.closeTooltip(); fitPanel(mark.getPopup()); return sitePanel(site); }, { className: 'tip site-panel' });
    mark.addTo(map);
  });

  map.on('popupopen popupclose', function (event) { map.getContainer().classList.toggle('has-panel', event.type === 'popupopen'); });

  /* ---- choices in the panel ---- */
  function chosen(name) { var input = document.querySelector('input[name="' + name + '"]:checked'); return input ? input.value : null; }
  function viewOf() {
    var wanted = data.asks.map(chosen);
    for (var i = 0; i < data.views.length; i++) {
      var parts = data.views[i].id.split(' ');
      if (wanted.every(function (word, at) { return word === null || word === parts[at]; })) return i;
    }
    return -1;
  }
  function choose() {
    show.what = data.kind === 'swipe' ? 'swipe' : chosen('what') || 'change';
    show.view = viewOf();
    draw();
  }
  each('.choices input', function (input) { input.addEventListener('change', choose); });
  each('button[data-line]', function (button) {
    button.addEventListener('click', function () {
      var line = L.polyline(lines[Number(button.getAttribute('data-line'))], { color: '#000000', weight: 14, opacity: 0.35, interactive: false, pane: 'flows', renderer: rendererOf('flows') });
      map.fitBounds(line.getBounds().pad(2), { maxZoom: 17, animate: false });
      line.addTo(map);
      window.setTimeout(function () { line.remove(); }, 2500);
      if (phone.matches) window.scrollTo(0, 0);
    });
  });
  each('button[data-home]', function (button) { button.addEventListener('click', function () { fit(data.whole); }); });
  each('button[data-print]', function (button) { button.addEventListener('click', function () { window.print(); }); });

  /* What is shown keeps clear of the sources written along the lower edge. */
  function fit(bounds) {
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [8, 8], paddingBottomRight: [8, map.attributionControl.getContainer().offsetHeight + 8] });
  }

  /* ---- the address remembers view, layers and divider ---- */
  function remember() {
    var at = map.getCenter();
    var text = '#map=' + [map.getZoom().toFixed(2), at.lat.toFixed(5), at.lng.toFixed(5)].join('/');
    ['what'].concat(data.asks).forEach(function (name) { if (chosen(name)) text += '&' + name + '=' + encodeURIComponent(chosen(name)); });
    if (data.kind === 'swipe') text += '&divider=' + show.divider;
    try { window.history.replaceState(null, '', text); } catch (refused) { /* some browsers refuse for files */ }
  }
  function recall() {
    var found = {};
    window.location.hash.slice(1).split('&').forEach(function (part) { var at = part.indexOf('='); if (at > 0) found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1)); });
    ['what'].concat(data.asks).forEach(function (name) {
      each('input[name="' + name + '"]', function (input) { if (input.value === found[name]) input.checked = true; });
    });
    if (found.divider) show.divider = Math.min(100, Math.max(0, Number(found.divider) || 0));
    var at = (found.map || '').split('/').map(Number);
    if (at.length === 3 && at.every(isFinite)) map.setView([at[1], at[2]], at[0], { animate: false });
    else fit(data.home);
  }

  /* ---- divider between before and after: a range input, so that the keyboard moves it ---- */
  function addDivider() {
    var box = L.DomUtil.create('div', 'divider', map.getContainer());
    var bar = L.DomUtil.create('i', '', box), left = L.DomUtil.create('b', 'left', box), right = L.DomUtil.create('b', 'right', box);
    left.textContent = words.before;
    right.textContent = words.after;
    var range = L.DomUtil.create('input', '', box);
    range.type = 'range'; range.min = 0; range.max = 100; range.step = 1; range.value = show.divider; range.id = 'divider';
    range.setAttribute('aria-label', words.divider);
    L.DomEvent.disableClickPropagation(box);
    function place() {
      var size = map.getSize(), reach = 22, x = reach + (size.x - 2 * reach) * range.value / 100;
      var nw = map.containerPointToLayerPoint([0, 0]), se = map.containerPointToLayerPoint(size), cut = nw.x + x;
      function clip(from, to) { return 'polygon(' + [[from, nw.y], [to, nw.y], [to, se.y], [from, se.y]].map(function (p) { return p[0] + 'px ' + p[1] + 'px'; }).join(',') + ')'; }
      bar.style.left = x + 'px'; left.style.right = (size.x - x + 8) + 'px'; right.style.left = (x + 8) + 'px';
      map.getPane('flows').style.clipPath = clip(nw.x, cut);
      map.getPane('flows-after').style.clipPath = clip(cut, se.x);
    }
    range.addEventListener('input', function () { show.divider = Number(range.value); range.setAttribute('aria-valuetext', range.value + ' %'); place(); remember(); });
    map.on('move zoom viewreset zoomend resize', place);
    ['mousedown', 'touchstart', 'pointerdown'].forEach(function (name) { range.addEventListener(name, function () { map.dragging.disable(); }); });
    ['mouseup', 'touchend', 'pointerup', 'change', 'blur'].forEach(function (name) { range.addEventListener(name, function () { map.dragging.enable(); }); });
    place();
  }

  /* ---- paper: the whole area on one sheet ---- */
  function redrawAll() {
    drawGround();
    draw();
    thinLabels();
  }
  function toPaper() {
    if (kept) return;
    kept = { center: map.getCenter(), zoom: map.getZoom(), open: [] };
    each('.panel details', function (part) { kept.open.push([part, part.open]); part.open = part.classList.contains('legend'); });
    document.body.classList.add('paper');
    under.clearLayers();
    drawn.clearLayers();
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(data.home, { animate: false, padding: [4, 4] });
    redrawAll();
  }
  function fromPaper() {
    if (!kept) return;
    var before = kept;
    kept = null;
    document.body.classList.remove('paper');
    before.open.forEach(function (pair) { pair[0].open = pair[1]; });
    under.clearLayers();
    drawn.clearLayers();
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.center, before.zoom, { animate: false });
    redrawAll();
  }
  window.addEventListener('beforeprint', toPaper);
  window.addEventListener('afterprint', fromPaper);

  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  data.attribution.forEach(function (line) { map.attributionControl.addAttribution(line); });
  L.control.scale({ imperial: false, maxWidth: 140, position: 'bottomright' }).addTo(map);
  var north = L.control({ position: 'topright' });
  north.onAdd = function () { var box = L.DomUtil.create('div', 'north'); box.innerHTML = data.north; return box; };
  north.addTo(map);
  map.getContainer().setAttribute('aria-label', words.map);
  map.getContainer().setAttribute('role', 'application');
  if (phone.matches) each('.panel details', function (part) { part.open = false; });
  recall();
  if (data.kind === 'swipe') addDivider();
  drawGround();
  choose();
  thinLabels();
  map.on('moveend', remember);
  window.__map = map;
})
