"""Formats that others have replaced: doc, ppt, rtf and msg, and the binary parts of xls and xlsb."""
