"""The queue in a folder: messages appear complete, and a malformed one blocks no other."""

from pathlib import Path

import pytest
from kombu import Connection
from kombu.transport.virtual import BrokerState

from tracker.kombu_filesystem import Transport

NAME = "test"


@pytest.fixture
def queue(tmp_path):
    """Return a queue in a folder that does not exist yet, for a process that knows no other."""

    class OfItsOwn(Transport):
        global_state = BrokerState()

    options = {
        "data_folder_in": str(tmp_path / "waiting"),
        "data_folder_out": str(tmp_path / "waiting"),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection("filesystem://localhost//", transport=OfItsOwn, transport_options=options) as connection:
        yield connection.SimpleQueue(NAME)


def receive(queue):
    message = queue.get(block=False)
    message.ack()
    return message.payload


def test_messages_are_received_in_order_and_once(queue, tmp_path):
    queue.put({"first": "één"})
    queue.put({"second": 2})

    assert [receive(queue), receive(queue)] == [{"first": "één"}, {"second": 2}]
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    assert list((tmp_path / "waiting").iterdir()) == []


def test_the_first_process_creates_the_folder(queue, tmp_path):
    queue.put({"first": 1})

    assert len(list((tmp_path / "waiting").iterdir())) == 1


def test_a_message_gets_its_file_name_only_when_complete(queue, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Path, "replace", lambda here, there: seen.append((here.name, here.read_bytes(), there.name)))
    queue.put({"first": 1})

    ((before, written, after),) = seen
    assert before == f"{after}.part"
    assert after.endswith(f".{NAME}.msg")
    assert b"first" in written or b"body" in written
    with pytest.raises(queue.Empty):
        queue.get(block=False)


def test_an_incomplete_message_is_skipped(queue, tmp_path):
    (tmp_path / "waiting" / f"0_a.{NAME}.msg").write_text('{"body": "half')
    queue.put({"whole": True})

    assert receive(queue) == {"whole": True}
