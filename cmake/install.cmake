# What `cmake --install` puts in place. The manual page and the completions come from the program's
# own option table.
set(made ${PROJECT_BINARY_DIR}/made)
file(MAKE_DIRECTORY ${made})
add_custom_command(OUTPUT ${made}/modelsig.1 ${made}/modelsig.bash ${made}/_modelsig
  COMMAND sh -c "\"$1\" --no-user man > \"$2/modelsig.1\" && \
\"$1\" --no-user completion bash > \"$2/modelsig.bash\" && \
\"$1\" --no-user completion zsh > \"$2/_modelsig\"" sh $<TARGET_FILE:modelsig> ${made}
  DEPENDS modelsig VERBATIM)
add_custom_target(made ALL DEPENDS ${made}/modelsig.1)

# Found from where the file lies, so that `--prefix` may name another place than was configured.
file(RELATIVE_PATH pc_to_prefix /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
set(pc_private "")
if(MODELSIG_NET OR MODELSIG_REPL) # libcurl and libedit are loaded when they are needed
  string(APPEND pc_private " -ldl")
endif()
if(MODELSIG_ONNX)
  string(APPEND pc_private " -lprotobuf-c")
endif()
configure_file(cmake/modelsig.pc.in ${PROJECT_BINARY_DIR}/modelsig.pc @ONLY)
install(TARGETS modelsig RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS modelsig_static modelsig_shared DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS modelsig_module LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/lua/5.4)
install(FILES src/modelsig.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/modelsig.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${made}/modelsig.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/modelsig.bash RENAME modelsig
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/_modelsig DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
