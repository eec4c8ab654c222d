/*
Returns the kinds of text and of parts that a page has, for axe to judge what it has not judged yet.

A kind of text is its colour, whether it is large, and the grounds behind it, down to one that hides
all others. What a field holds is text too, which axe judges unless nobody can type it. A kind of
part is what an element says to axe but for its words, within a kind of part that is no mere
wrapper; whether text stands right in it, and whether something in it can be reached where it
scrolls, are of it. What a page says as a whole is one as well: its address, its language, and in
which order its headings and landmarks come.
*/
() => {
  const all = (selector) => [...document.querySelectorAll(selector)]
  const isVisible = (element) => element.checkVisibility({ visibilityProperty: true })
  const isSeen = (element) => {
    const { width, height, right, bottom } = element.getBoundingClientRect()
    const isThere = width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0
    return isThere && isVisible(element)
  }

  const grounds = new Map([[null, { isPlain: true, said: "" }]])
  const ground = (element) => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(element)
      const behind = ground(element.parentElement)
      const own = [backgroundColor, backgroundImage, opacity, filter].join(" ")
      const isPlain = behind.isPlain && opacity === "1" && filter === "none"
      const hidesBehind = isPlain && own.startsWith("rgb(") && backgroundImage === "none"
      const above = own === "rgba(0, 0, 0, 0) none 1 none" ? "" : "|" + own
      grounds.set(element, { isPlain, said: hidesBehind ? above : behind.said + above })
    }
    return grounds.get(element)
  }
  window.kindOfText = (element) => {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element)
    const size = parseFloat(fontSize)
    const isLarge = size >= 24 || (size >= 18.67 && fontWeight >= 700)
    return [color, isLarge ? "large" : "small", textShadow, ground(element).said].join(" ")
  }
  const texts = () => {
    const untyped = ["hidden", "range", "color", "checkbox", "radio", "image"]
    const isTyped = (field) => !field.disabled && !untyped.includes(field.type) && isSeen(field)
    const found = new Set(all("input, select, textarea").filter(isTyped))
    const written = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (written.nextNode()) {
      const element = written.currentNode.parentElement
      if (written.currentNode.data.trim() && isSeen(element)) found.add(element)
    }
    return [...found]
  }
  window.textsOfKinds = (kinds) => texts().filter((each) => kinds.includes(kindOfText(each)))

  const ids = all("[id]").map((element) => element.id)
  const known = new Set(ids)
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at))
  const refers = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"]
  const counts = /^(role|type|tabindex|lang|scope|headers|autocomplete|aria-(?!label$).*)$/
  const isThere = /^(aria-label|alt|title|placeholder|href|accesskey|value|disabled|controls)$/
  const attribute = ({ name, value }) => {
    if (name === "id") return twice.has(value) ? "id twice" : "id"
    if (refers.includes(name)) return name + value.trim().split(/\s+/).map((id) => known.has(id))
    if (name === "href" && value[0] === "#") return name + known.has(value.slice(1))
    if (counts.test(name)) return name + value
    return isThere.test(name) ? name + !value.trim() : ""
  }
  const reached = "a[href], button, input, select, textarea, summary, [tabindex]"
  const scrolls = (element) => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element
    const isLarger = scrollWidth > clientWidth || scrollHeight > clientHeight
    if (!isLarger || !/auto|scroll/.test(getComputedStyle(element).overflow)) return false
    return [...element.querySelectorAll(reached)].some(isVisible) ? "to a part" : "alone"
  }
  const linked = (element) => {
    const { color, textDecorationLine, fontWeight } = getComputedStyle(element)
    return [color, textDecorationLine, fontWeight, getComputedStyle(element.parentElement).color]
  }
  const hasOwnText = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
  const defined = (list) => ["dt", "dd"].filter((name) => list.querySelector(name))
  const said = (element) => [
    element.localName,
    Boolean(element.textContent.trim()),
    hasOwnText(element),
    element.labels?.length,
    isVisible(element),
    scrolls(element),
    element.localName === "a" && linked(element),
    element.localName === "dl" && defined(element),
    [...element.attributes].map(attribute).filter(Boolean).sort(),
  ]
  const isWrapper = (element) =>
    /^(div|span)$/.test(element.localName) &&
    !element.getAttributeNames().some((name) => /^(role|tabindex|aria-)/.test(name))
  const outline = () => {
    const headings = all("h1, h2, h3, h4, h5, h6").filter(isVisible)
    const levels = headings.map((element) => element.localName)
    const steps = new Set(levels.map((level, at) => (levels[at - 1] ?? "") + level))
    const named = "main, nav, header, footer, aside, section, form, [role]"
    const marks = all(named).map((element) => {
      const name = element.getAttribute("aria-label") || element.getAttribute("aria-labelledby")
      return [element.localName, element.getAttribute("role"), name].join(" ")
    })
    const repeated = new Set(marks.filter((mark, at) => marks.indexOf(mark) !== at))
    const viewport = all("meta[name=viewport]").map((element) => element.content)
    const { lang } = document.documentElement
    const path = location.pathname.replace(/[0-9a-f-]{36}/g, "")
    return [path, lang, !document.title.trim(), viewport, [...steps].sort(), [...repeated].sort()]
  }
  const short = (...told) => {
    const text = told.join(" ")
    let one = 7
    let other = 11
    for (let at = 0; at < text.length; at += 1) {
      one = (Math.imul(one, 31) + text.charCodeAt(at)) | 0
      other = Math.imul(other, 1000003) ^ text.charCodeAt(at)
    }
    return (one >>> 0).toString(36) + "-" + (other >>> 0).toString(36)
  }
  const kindsOfParts = () => {
    const parts = new Map()
    const found = new Set([short(...outline())])
    for (const element of all("body, body :not(svg *)")) {
      const kind = short(parts.get(element.parentElement), ...said(element))
      found.add(kind)
      parts.set(element, isWrapper(element) ? parts.get(element.parentElement) : kind)
    }
    return [...found]
  }
  return { texts: [...new Set(texts().map(kindOfText))], parts: kindsOfParts() }
}
