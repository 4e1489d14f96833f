"""pam_client.py - a PAM application in Python: pam_spom as sshd has it, without sshd around it.

The service's file lies in a folder of its own (pam_start_confdir), so the machine's /etc/pam.d is not looked at.
"""
import ctypes
import ctypes.util
import os
from pathlib import Path

from campus.layout import BIN

PROMPT_ECHO_OFF, PROMPT_ECHO_ON, ERROR_MSG, TEXT_INFO = 1, 2, 3, 4
SUCCESS, CONV_ERR, BUF_ERR = 0, 19, 5

_pam = ctypes.CDLL(ctypes.util.find_library("pam"))
_libc = ctypes.CDLL(None)
_libc.calloc.restype = _libc.strdup.restype = ctypes.c_void_p
_libc.strdup.argtypes = [ctypes.c_char_p]


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


_CONVERSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(_Message)),
                             ctypes.POINTER(ctypes.POINTER(_Response)), ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = [("converse", _CONVERSE), ("data", ctypes.c_void_p)]


_pam.pam_start_confdir.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(_Conversation), ctypes.c_char_p,
                                   ctypes.POINTER(ctypes.c_void_p)]
_pam.pam_authenticate.argtypes = _pam.pam_acct_mgmt.argtypes = _pam.pam_end.argtypes = [ctypes.c_void_p, ctypes.c_int]


class Pam:
    """One application on one machine: `service` must be one of the settings' pam_services."""

    def __init__(self, campus, folder, service="sshd", socket=None):
        module = Path(os.environ.get("SPOM_PLAIN_BIN_DIR") or BIN) / "pam_spom.so"
        socket = socket or Path(campus.json["sockets"]) / "pam" / "authority.sock"
        self.service, self.folder = service, Path(folder)
        line = f"{module} socket={socket}\n"
        (self.folder / service).write_text("".join(f"{kind} required {line}" for kind in ("auth", "account")))
        (self.folder / "other").write_text("auth required pam_deny.so\naccount required pam_deny.so\n")

    def authenticate(self, user, answers):
        """(whether it succeeded, the prompts and sentences in their order). answers: what is said to each prompt in turn;
        a prompt behind the last one ends the conversation."""
        left, heard = list(answers), []

        @_CONVERSE
        def converse(count, messages, responses, _):
            array = _libc.calloc(count, ctypes.sizeof(_Response))
            given = ctypes.cast(array, ctypes.POINTER(_Response))
            for i in range(count):
                message = messages[i].contents
                heard.append(message.text.decode())
                if message.style in (PROMPT_ECHO_OFF, PROMPT_ECHO_ON):
                    if not left:
                        return CONV_ERR
                    given[i].text = _libc.strdup(left.pop(0).encode())
            responses[0] = given
            return SUCCESS

        handle = ctypes.c_void_p()
        conversation = _Conversation(converse, None)
        started = _pam.pam_start_confdir(self.service.encode(), user.encode(), ctypes.byref(conversation),
                                         str(self.folder).encode(), ctypes.byref(handle))
        assert started == SUCCESS, started
        result = _pam.pam_authenticate(handle, 0)
        if result == SUCCESS:
            result = _pam.pam_acct_mgmt(handle, 0)
        _pam.pam_end(handle, result)
        return result == SUCCESS, heard
