package rest

import "strings"

// nextLink is the target of rel=next in Link headers (RFC 8288); "" if there is none.
func nextLink(headers []string) string {
	for _, header := range headers {
		for header != "" {
			target, params, rest := cutLink(header)
			if target != "" && hasRel(params, "next") {
				return target
			}
			header = rest
		}
	}
	return ""
}

// cutLink parts the first link off a header: its target, its parameters, and the rest.
func cutLink(header string) (target, params, rest string) {
	_, after, found := strings.Cut(header, "<")
	if !found {
		return "", "", ""
	}
	target, after, found = strings.Cut(after, ">")
	if !found {
		return "", "", ""
	}
	end := outsideQuotes(after, ',')
	if end < 0 {
		return strings.TrimSpace(target), after, ""
	}
	return strings.TrimSpace(target), after[:end], after[end+1:]
}

// outsideQuotes is the index of the first separator that is not in a quoted text.
func outsideQuotes(s string, separator byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return i
		}
	}
	return -1
}

// hasRel tells whether parameters such as `; rel="prev next"` name a relation.
func hasRel(params, want string) bool {
	for params != "" {
		param := params
		if end := outsideQuotes(params, ';'); end >= 0 {
			param, params = params[:end], params[end+1:]
		} else {
			params = ""
		}
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, want) {
				return true
			}
		}
	}
	return false
}
