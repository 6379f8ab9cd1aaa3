"""Codes of states and provinces, by their names in lower case (ISO 3166-2 for the United States and Canada)."""

REGION_CODES = {
    name.replace("_", " "): code.lower()
    for code, name in (
        one.split(":")
        for one in ["AL:alabama", "AK:alaska", "AZ:arizona", "AR:arkansas", "CA:california", "CO:colorado", "CT:connecticut", "DE:delaware", "FL:florida", "GA:georgia", "HI:hawaii", "ID:idaho", "IL:illinois", "IN:indiana", "IA:iowa", "KS:kansas", "KY:kentucky", "LA:louisiana", "ME:maine", "MD:maryland", "MA:massachusetts", "MI:michigan", "MN:minnesota", "MS:mississippi", "MO:missouri", "MT:montana", "NE:nebraska", "NV:nevada", "NH:new_hampshire", "NJ:new_jersey", "NM:new_mexico", "NY:new_york", "NC:north_carolina", "ND:north_dakota", "OH:ohio", "OK:oklahoma", "OR:oregon", "PA:pennsylvania", "RI:rhode_island", "SC:south_carolina", "SD:south_dakota", "TN:tennessee", "TX:texas", "UT:utah", "VT:vermont", "VA:virginia", "WA:washington", "WV:west_virginia", "WI:wisconsin", "WY:wyoming", "AB:alberta", "BC:british_columbia", "MB:manitoba", "NB:new_brunswick", "NS:nova_scotia", "ON:ontario", "QC:quebec", "SK:saskatchewan"]
    )
}
