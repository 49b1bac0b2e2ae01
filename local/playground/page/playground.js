// The playground: GraphiQL below a bar that chooses an endpoint and the token to act with.
// React without a build step: the page is small, and so is what set-up needs.
"use strict";

(() => {
  const { createElement: h, useEffect, useMemo, useRef, useState } = React;
  const { useEditorContext } = GraphiQL.React;

  const INTROSPECTION = "IntrospectionQuery";

  // Endpoint and actor are in the address, so a page can be kept, sent to a colleague, reloaded.
  const address = (endpoint, token) => {
    const chosen = new URLSearchParams();
    if (endpoint) chosen.set("endpoint", endpoint.path);
    if (token) chosen.set("as", token.id);
    return `/?${chosen}`.replaceAll("%2F", "/");
  };

  // Tabs and history are kept for each endpoint, whose schemas have nothing in common.
  const storageOf = (endpoint) => {
    const prefix = `tenantql:${endpoint.path}:`;
    const own = () => Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    return {
      getItem: (name) => localStorage.getItem(prefix + name),
      setItem: (name, value) => localStorage.setItem(prefix + name, value),
      removeItem: (name) => localStorage.removeItem(prefix + name),
      clear: () => own().forEach((name) => localStorage.removeItem(name)),
      get length() {
        return own().length;
      },
    };
  };

  // An example names objects, and each tenant has others.
  const variablesOf = (example, token) => {
    const variables = example.variables[token.tenant] ?? example.variables[""] ?? {};
    return Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "";
  };

  const grouped = (entries) => {
    const groups = new Map();
    for (const entry of entries) {
      groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
    }
    return [...groups];
  };

  // Who may send an example: whoever acts already, or somebody else of the same tenant.
  const actorFor = (example, token, tokens) =>
    !token.role || example.roles.includes(token.role)
      ? token
      : (tokens.find((each) => each.tenant === token.tenant && each.role === example.roles[0]) ?? token);

  const examplesPlugin = (endpoint, tokenRef, actAs) => ({
    title: "Examples",
    icon: () =>
      h(
        "svg",
        { viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", strokeWidth: 1.5 },
        h("path", { d: "M5.5 4 1.5 8l4 4M10.5 4l4 4-4 4", strokeLinecap: "round", strokeLinejoin: "round" }),
      ),
    content: () => {
      const { tabs, addTab, changeTab, setOperationName, queryEditor, variableEditor } =
        useEditorContext({ nonNull: true });
      const open = (example) => {
        actAs(actorFor(example, tokenRef.current, endpoint.tokens));
        const variables = variablesOf(example, tokenRef.current);
        const present = tabs.findIndex(
          (tab) => tab.query === example.query && (tab.variables ?? "") === variables,
        );
        if (present >= 0) {
          changeTab(present);
          return;
        }
        addTab();
        // The editors take the new tab's empty text first.
        setTimeout(() => {
          queryEditor?.setValue(example.query);
          variableEditor?.setValue(variables);
          // GraphiQL reads the name a moment later; until then it would send the last tab's.
          setOperationName(/^(?:query|mutation) (\w+)/m.exec(example.query)[1]);
        });
      };
      return h(
        "section",
        { className: "examples", "aria-label": "Examples" },
        h("h2", null, "Examples"),
        h("p", null, "Each opens in a tab of its own, with objects of the tenant that you act as, and acts as somebody who may send it."),
        grouped(endpoint.examples).map(([group, examples]) =>
          h(
            React.Fragment,
            { key: group },
            h("h3", null, group),
            examples.map((example) =>
              h(
                "button",
                { key: example.name, type: "button", className: "example", onClick: () => open(example) },
                h("strong", null, example.title),
                h("span", null, example.about),
              ),
            ),
          ),
        ),
      );
    },
  });

  const label = (token) => [token.tenant, token.role, token.name].filter(Boolean).join(" · ");

  const curlOf = (endpoint, token, query, variables) => {
    const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
    const body = JSON.stringify({ query, ...(variables ? { variables } : {}) });
    return [
      `curl ${location.origin}${endpoint.path}`,
      ...(token.token ? [`-H ${quoted(`authorization: Bearer ${token.token}`)}`] : []),
      `-H 'content-type: application/json'`,
      `--data ${quoted(body)}`,
    ].join(" \\\n  ");
  };

  const parsed = (text) => {
    try {
      return JSON.parse(text || "null");
    } catch {
      return null;
    }
  };

  function CopyButton({ text, children }) {
    const [copied, setCopied] = useState(false);
    const copy = async () => {
      await navigator.clipboard.writeText(text());
      setCopied(true);
      setTimeout(() => setCopied(false), 1200);
    };
    return h("button", { type: "button", className: "plain", onClick: copy }, copied ? "Copied" : children);
  }

  function Bar({ endpoints, endpoint, token, outcome, onEndpoint, onToken, curl }) {
    return h(
      "header",
      { className: "bar" },
      h("div", { className: "brand" }, h("img", { src: "/playground/icon.svg", alt: "" }), "TenantQL"),
      h(
        "div",
        { className: "endpoints", role: "group", "aria-label": "Endpoint" },
        endpoints.map((each) =>
          h(
            "button",
            {
              key: each.path,
              type: "button",
              title: each.about,
              "aria-pressed": each === endpoint,
              onClick: () => onEndpoint(each),
            },
            each.path,
          ),
        ),
      ),
      h(
        "label",
        { className: "identity" },
        "Act as",
        h(
          "select",
          {
            id: "token",
            value: token.id,
            onChange: (event) => onToken(endpoint.tokens.find(({ id }) => id === event.target.value)),
          },
          grouped(endpoint.tokens).map(([group, tokens]) =>
            h(
              "optgroup",
              { key: group, label: group },
              tokens.map((each) => h("option", { key: each.id, value: each.id }, label(each))),
            ),
          ),
        ),
      ),
      h("div", { className: "push" }),
      h(
        "output",
        { className: `outcome ${outcome.kind}`, "aria-live": "polite", title: "The last answer" },
        outcome.text,
      ),
      token.token && h(CopyButton, { text: () => token.token }, "Copy token"),
      h(CopyButton, { text: curl }, "Copy as curl"),
    );
  }

  function Playground({ endpoints }) {
    const wanted = new URLSearchParams(location.search);
    const endpoint = endpoints.find(({ path }) => path === wanted.get("endpoint")) ?? endpoints[0];
    const [token, setToken] = useState(
      endpoint.tokens.find(({ id }) => id === wanted.get("as")) ?? endpoint.tokens[0],
    );
    const [outcome, setOutcome] = useState({ kind: "", text: "No request yet" });
    const tokenRef = useRef(token);
    tokenRef.current = token;
    const edited = useRef({ query: "", variables: "" });
    const actAs = (next) => {
      tokenRef.current = next;
      history.replaceState(null, "", address(endpoint, next));
      setToken(next);
    };

    const pane = useMemo(() => {
      const first = endpoint.examples[0];
      const examples = examplesPlugin(endpoint, tokenRef, actAs);
      edited.current = { query: first.query, variables: variablesOf(first, tokenRef.current) };
      const storage = storageOf(endpoint);
      if (storage.getItem("graphiql:tabState") === null) {
        // Where GraphiQL looks for its first tab; its property for that forgets the variables.
        storage.setItem("graphiql:query", edited.current.query);
        storage.setItem("graphiql:variables", edited.current.variables);
      }
      const fetcher = async (parameters, { headers } = {}) => {
        const asked = parameters.operationName === INTROSPECTION;
        // The schema is the same for all, so a token that is to be refused does not hide it.
        const acting = asked ? endpoint.tokens[0] : tokenRef.current;
        const started = performance.now();
        const answer = await fetch(endpoint.path, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/graphql-response+json, application/json;q=0.9",
            ...(acting.token ? { authorization: `Bearer ${acting.token}` } : {}),
            ...headers,
          },
          body: JSON.stringify(parameters),
        });
        const text = await answer.text();
        if (!asked) {
          const took = Math.round(performance.now() - started);
          setOutcome({ kind: answer.ok ? "good" : "bad", text: `HTTP ${answer.status} · ${took} ms` });
        }
        return parsed(text) ?? { message: text };
      };
      return {
        fetcher,
        storage,
        plugins: [examples, GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
      };
    }, []);

    // GraphiQL lays out its side panel as hidden before it looks at `visiblePlugin`.
    useEffect(() => {
      let frame = 0;
      const open = () => {
        const button = document.querySelector('[aria-label="Show Examples"]');
        if (button) button.click();
        else frame = requestAnimationFrame(open);
      };
      frame = requestAnimationFrame(open);
      return () => cancelAnimationFrame(frame);
    }, []);

    return h(
      React.Fragment,
      null,
      h(Bar, {
        endpoints,
        endpoint,
        token,
        outcome,
        // GraphiQL keeps its storage for the life of a page, so another endpoint is another page.
        onEndpoint: (next) => location.assign(address(next)),
        onToken: actAs,
        curl: () =>
          curlOf(endpoint, token, edited.current.query, parsed(edited.current.variables)),
      }),
      h(
        "main",
        { className: "editor" },
        h(GraphiQL, {
          ...pane,
          defaultEditorToolsVisibility: "variables",
          shouldPersistHeaders: false,
          onEditQuery: (query) => (edited.current.query = query),
          onEditVariables: (variables) => (edited.current.variables = variables),
        }),
      ),
    );
  }

  const place = document.getElementById("playground");
  fetch("/playground/config.json")
    .then((answer) => answer.json())
    .then((configuration) => {
      ReactDOM.createRoot(place).render(h(Playground, configuration));
    })
    .catch((error) => {
      const text = document.createElement("p");
      text.className = "starting failed";
      text.textContent = `The playground could not start: ${error.message}`;
      place.replaceChildren(text);
    });
})();
