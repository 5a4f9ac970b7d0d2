"""What staff enter for others: letters, paper, calls, talks, meetings and schools, one by one and in files."""
