"""The plugin that OpenCode loads in our sessions: it tells orch what goes on, in its order."""

import json
from typing import Final

from orch.adapters.agents.belongings import home_of
from orch.ports.agent import LaunchOrder, Mode

_SOURCE: Final = """\
// Tells orch what goes on in this session. Written anew at each start.
import { spawn } from "node:child_process"

const COMMAND = %(command)s
const SHELL = %(shell)s
const TEXT = 2000

let last = Promise.resolve()
let status = ""
const users = new Set()

const run = (name, payload) => new Promise((resolve) => {
  const done = () => { clearTimeout(late); resolve() }
  const late = setTimeout(resolve, 5000)
  try {
    const child = spawn(COMMAND[0], [...COMMAND.slice(1), name], {
      stdio: ["pipe", "ignore", "ignore"],
    })
    child.on("error", done)
    child.on("close", done)
    child.stdin.on("error", () => {})
    child.stdin.end(JSON.stringify(payload))
  } catch { done() }
})

// One after the other: what is told must arrive in the order in which it happened.
const tell = (name, payload) => {
  if (COMMAND.length) last = last.then(() => run(name, payload)).catch(() => {})
}

const cut = (text) => (typeof text === "string" ? text.slice(0, TEXT) : "")

const part = (session, one) => {
  if (one.type === "text" && one.time?.end && !users.has(one.messageID))
    tell("text", { sessionID: session, text: cut(one.text) })
  if (one.type === "step-finish")
    tell("step.finish", {
      sessionID: session, reason: one.reason, tokens: one.tokens, cost: one.cost,
    })
  if (one.type === "tool" && ["completed", "error"].includes(one.state?.status))
    tell("tool.after", {
      sessionID: session, callID: one.callID, tool: one.tool, ok: one.state.status === "completed",
    })
}

const told = {
  "session.created": (p) =>
    tell("session.created", { sessionID: p.info.id, parentID: p.info.parentID ?? "" }),
  "session.status": (p) => {
    const now = JSON.stringify([p.sessionID, p.status])
    if (now !== status) tell("session.status", { sessionID: p.sessionID, ...p.status })
    status = now
  },
  "session.idle": (p) => { status = ""; tell("session.idle", { sessionID: p.sessionID }) },
  "session.error": (p) => tell("session.error", {
    sessionID: p.sessionID ?? "",
    error: {
      name: p.error?.name ?? "",
      data: {
        message: cut(p.error?.data?.message),
        statusCode: p.error?.data?.statusCode ?? 0,
        responseHeaders: { "retry-after": p.error?.data?.responseHeaders?.["retry-after"] ?? "" },
      },
    },
  }),
  "message.updated": (p) => {
    if (p.info.role !== "user" || users.has(p.info.id)) return
    users.add(p.info.id)
    tell("message.user", { sessionID: p.info.sessionID, id: p.info.id })
  },
  "message.part.updated": (p) => part(p.part.sessionID, p.part),
  "permission.asked": (p) => tell("permission.asked", {
    sessionID: p.sessionID, id: p.id, permission: p.permission,
    patterns: (p.patterns ?? []).slice(0, 20).map(cut),
    command: cut(p.metadata?.command), filepath: cut(p.metadata?.filepath),
  }),
  "permission.replied": (p) => tell("permission.replied", {
    sessionID: p.sessionID, requestID: p.requestID, reply: p.reply,
  }),
  "question.asked": (p) => tell("question.asked", {
    sessionID: p.sessionID, id: p.id,
    questions: (p.questions ?? []).slice(0, 4).map((one) => ({
      question: cut(one.question), multiple: !!one.multiple,
      options: (one.options ?? []).slice(0, 20).map((o) => ({ label: cut(o.label) })),
    })),
  }),
  "question.replied": (p) =>
    tell("question.replied", { sessionID: p.sessionID, requestID: p.requestID }),
  "question.rejected": (p) =>
    tell("question.replied", { sessionID: p.sessionID, requestID: p.requestID }),
}

export const Orch = async () => ({
  event: async ({ event }) => { try { told[event.type]?.(event.properties) } catch {} },
  "tool.execute.before": async (input, output) => {
    try {
      const about = output.args?.command ?? output.args?.filePath ?? output.args?.description
      tell("tool.before", {
        sessionID: input.sessionID, callID: input.callID, tool: input.tool, about: cut(about),
      })
    } catch {}
  },
  // OpenCode's folders are private; what it starts in a shell gets the person's own back.
  "shell.env": async (input, output) => { Object.assign(output.env, SHELL) },
})
"""


def plugin(order: LaunchOrder) -> str:
    """Write the plugin; where events are read from the output it only mends the shell's folders."""
    told = order.mode is Mode.TERMINAL
    return _SOURCE % {
        "command": json.dumps(list(order.hook_command) if told else []),
        "shell": json.dumps(_folders_of_the_person(order)),
    }


def _folders_of_the_person(order: LaunchOrder) -> dict[str, str]:
    own, home = dict(order.inherited), home_of(order)
    usual = {"CONFIG": ".config", "DATA": ".local/share", "STATE": ".local/state"}
    return {
        f"XDG_{name}_HOME": own.get(f"XDG_{name}_HOME") or f"{home}/{folder}"
        for name, folder in usual.items()
        if home
    }
