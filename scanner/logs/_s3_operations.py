"""S3 operations by what they do to object data, and the activity each is counted as."""

from __future__ import annotations

_READ = {"GetObject", "SelectObjectContent", "GetObjectTorrent"}
COPIES = {"CopyObject", "UploadPartCopy"}  # read their source and write their target
_WRITE = {
    "PutObject",
    "PostObject",
    "UploadPart",
    "CreateMultipartUpload",
    "CompleteMultipartUpload",
    "RestoreObject",
    "WriteGetObjectResponse",
} | COPIES
_DELETE = {"DeleteObject", "DeleteObjects", "AbortMultipartUpload", "DeleteBucket"}
_METADATA = {"HeadObject", "HeadBucket"}  # show that something is there, not what is in it


def activity(operation: str) -> str:
    """Read, List, Write, Delete, Update or Other; only Read hands out object data."""
    if operation in _READ:
        return "Read"
    if operation.startswith("List") or operation in _METADATA:
        return "List"
    if operation in _WRITE:
        return "Write"
    if operation in _DELETE:
        return "Delete"
    return "Update" if operation.startswith(("Put", "Delete", "Create", "Update")) else "Other"
