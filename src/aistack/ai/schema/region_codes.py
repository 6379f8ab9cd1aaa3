"""Codes of states and provinces, by their names in lower case (ISO 3166-2 for the United States and Canada)."""

NAMED_CODES = """
AL alabama, AK alaska, AZ arizona, AR arkansas, CA california, CO colorado, CT connecticut, DE delaware, FL florida,
GA georgia, HI hawaii, ID idaho, IL illinois, IN indiana, IA iowa, KS kansas, KY kentucky, LA louisiana, ME maine,
MD maryland, MA massachusetts, MI michigan, MN minnesota, MS mississippi, MO missouri, MT montana, NE nebraska,
NV nevada, NH new hampshire, NJ new jersey, NM new mexico, NY new york, NC north carolina, ND north dakota, OH ohio,
OK oklahoma, OR oregon, PA pennsylvania, RI rhode island, SC south carolina, SD south dakota, TN tennessee, TX texas,
UT utah, VT vermont, VA virginia, WA washington, WV west virginia, WI wisconsin, WY wyoming, AB alberta,
BC british columbia, MB manitoba, NB new brunswick, NS nova scotia, ON ontario, QC quebec, SK saskatchewan
"""
REGION_CODES = {name: code.lower() for one in NAMED_CODES.split(",") for code, _, name in (one.strip().partition(" "),)}
