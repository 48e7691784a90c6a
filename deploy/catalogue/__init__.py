"""The catalogue of procedures as officers keep it: tables in the forms of KH 20/KH-UBND Đồng Tháp 2025."""
