"""LangChain's create_agent with Signoff as its last middleware: changes are requested, then approved."""

from pathlib import Path

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from signoff.testing import temporary_desk

POLICY = Path(__file__).parent / "policy.yaml"


@tool
def send_email(to: str, body: str) -> str:
    """Send an e-mail."""
    print(f"sent to {to}: {body}")
    return "sent"


class Script(FakeMessagesListChatModel):
    """Stands in for a language model; put init_chat_model("…") in its place."""

    def bind_tools(self, tools, **kwargs):
        return self


def mail(number: int, body: str) -> AIMessage:
    arguments = {"to": "dana@customer.example", "body": body}
    return AIMessage("", tool_calls=[{"name": "send_email", "id": f"call-{number}", "args": arguments}])


model = Script(responses=[mail(1, "Pay now!"), mail(2, "Could you settle invoice 7?"), AIMessage("Done.")])

with temporary_desk(POLICY) as desk:
    agent = create_agent(model, [send_email], middleware=[desk.middleware()], checkpointer=desk.saver())
    agent = desk.check(agent, name="agent")
    thread = {"configurable": {"thread_id": "t1"}}
    agent.invoke({"messages": [("user", "Remind Dana of invoice 7.")]}, thread, durability="sync")

    me = desk.add_person("me@ours.example", "Me")
    [first] = desk.reviews()
    desk.vote(first.id, "request_changes", by=me.id, digest=first.digest, reason="Friendlier, please.")
    desk.resume_due(agent)

    [second] = desk.reviews()
    print(f"redraft of the first: {second.follows == first.id}")
    desk.vote(second.id, "approve", by=me.id, digest=second.digest)
    desk.resume_due(agent)
    print(agent.get_state(thread).values["messages"][-1].text)
